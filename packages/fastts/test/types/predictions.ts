/** Compiled with the tests, not run: the types of predictions for each kind of target. */
import { expectTypeOf } from 'expect-type';
import {
  type AnyLearner,
  type BBox,
  BBoxBlock,
  BBoxLblBlock,
  CategoryBlock,
  ClassificationInterpretation,
  ColReader,
  DataBlock,
  type DataLoader,
  type DataLoaders,
  FetchPredsCallback,
  type GradCam,
  getImageFiles,
  gradCam,
  gradCamBatch,
  ImageBlock,
  ImageDataLoaders,
  Interpretation,
  type Label,
  Learner,
  MaskBlock,
  type Module,
  MultiCategoryBlock,
  type Pixels,
  PointBlock,
  parentLabel,
  RegressionBlock,
  resnet34,
  SegmentationDataLoaders,
  TransformBlock,
  tf,
  unetLearner,
  visionLearner,
} from 'fastts';

declare const model: Module;
declare const files: string[];
const getItems = getImageFiles;
type Point = readonly [x: number, y: number];

export async function oneLabel() {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems,
    getY: parentLabel,
  }).dataloaders('pictures');
  const learn = new Learner(dls, model);
  expectTypeOf(learn.x).toEqualTypeOf<tf.Tensor4D>();
  expectTypeOf(learn.y).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(learn.dls.vocab).toEqualTypeOf<readonly Label[]>();

  const [label, number, probabilities] = await learn.predict('cat.jpg');
  expectTypeOf(label).toEqualTypeOf<string>();
  expectTypeOf(number).toEqualTypeOf<number>();
  expectTypeOf(probabilities).toEqualTypeOf<number[]>();
  const [input, again] = await learn.predict('cat.jpg', { withInput: true });
  expectTypeOf(input).toEqualTypeOf<unknown>();
  expectTypeOf(again).toEqualTypeOf<string>();
  const labels = (await learn.predictBatch(files)).map(([each]) => each);
  expectTypeOf(labels).toEqualTypeOf<string[]>();
  expectTypeOf(await gradCam(learn, 'cat.jpg', { cls: 'cat', layer: model })).toEqualTypeOf<GradCam>();
  expectTypeOf(await gradCamBatch(learn, files, { cls: 0, layer: '0' })).toEqualTypeOf<GradCam[]>();

  const [preds, targs] = await learn.getPreds();
  expectTypeOf(preds).toEqualTypeOf<tf.Tensor>();
  expectTypeOf(targs).toEqualTypeOf<tf.Tensor1D>();
  const everything = await learn.getPreds({ withInput: true, withDecoded: true, withLoss: true });
  expectTypeOf(everything).toEqualTypeOf<
    [inputs: tf.Tensor4D, preds: tf.Tensor, targs: tf.Tensor1D, decoded: tf.Tensor, losses: tf.Tensor1D]
  >();

  const unlabeled = dls.testDl(files);
  expectTypeOf(unlabeled).toEqualTypeOf<DataLoader<tf.Tensor4D, undefined, undefined, string>>();
  expectTypeOf((await learn.getPreds({ dl: unlabeled }))[1]).toEqualTypeOf<undefined>();
  expectTypeOf((await learn.tta({ dl: unlabeled }))[1]).toEqualTypeOf<undefined>();
  expectTypeOf(await learn.tta()).toEqualTypeOf<[preds: tf.Tensor, targs: tf.Tensor1D]>();
  expectTypeOf(await learn.tta({ beta: null })).toEqualTypeOf<
    [preds: [tf.Tensor, tf.Tensor], targs: tf.Tensor1D]
  >();
  await learn.showResults({ dl: unlabeled });

  const interp = await ClassificationInterpretation.fromLearner(learn);
  expectTypeOf(interp.learn).toEqualTypeOf<AnyLearner<tf.Tensor4D, tf.Tensor1D>>();
  // @ts-expect-error: a set is named
  await learn.validate({ split: 1 });
  // @ts-expect-error: a learning rate is a number
  await learn.fitOneCycle(1, '3e-3');
  // @ts-expect-error: events are in camel case
  await learn.fire('before_fit');
}

export async function otherBatches(learn: Learner, other: Learner<[tf.Tensor4D, tf.Tensor4D], tf.Tensor2D>) {
  const unlabeled = learn.dls.testDl(files);
  const third = learn.dls.loaders[2]!;
  expectTypeOf((await learn.getPreds({ dl: third }))[1]).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf((await learn.tta({ dl: third }))[1]).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf((await learn.getPreds({ dl: [await unlabeled.oneBatch()] }))[1]).toEqualTypeOf<undefined>();
  new FetchPredsCallback({ dl: unlabeled });
  await learn.validate({ dl: third });
  await Interpretation.fromLearner(learn, { dl: learn.dls.testDl(files, { withLabels: true }) });

  // @ts-expect-error: without labels there are no losses
  await learn.validate({ dl: unlabeled });
  // @ts-expect-error: as above
  await Interpretation.fromLearner(learn, { dl: unlabeled });
  // @ts-expect-error: this model does not accept batches of pairs
  await learn.getPreds({ dl: other.dls.valid });
  // @ts-expect-error: as above
  await learn.tta({ dl: other.dls.valid });
  // @ts-expect-error: as above
  await learn.showResults({ dl: other.dls.valid });
  // @ts-expect-error: there is no such setting
  await learn.getPreds({ withInput: true, withDecode: true });
  // @ts-expect-error: the expected type of the result does not change it
  const preds: [tf.Tensor, string] = await learn.getPreds();
  // @ts-expect-error: as above
  const averaged: [tf.Tensor, string] = await learn.tta();
  return [preds, averaged];
}

/** Labels are of the type that their getter or the vocabulary has; of what `ColReader` reads nothing is known. */
export async function typesOfLabels(rows: { file: string; grade: number; tags: string[] }[]) {
  const getX = (row: { file: string }) => row.file;
  const predicted = async <V>(dls: Promise<DataLoaders<tf.Tensor4D, tf.Tensor1D, V>>) =>
    (await new Learner(await dls, model).predict('a.jpg'))[0];
  const blocks = [ImageBlock(), CategoryBlock()] as const;
  const graded = new DataBlock({ blocks, getX, getY: (row: { grade: number }) => row.grade }).dataloaders(
    rows,
  );
  expectTypeOf(await predicted(graded)).toEqualTypeOf<number>();
  const read = new DataBlock({ blocks, getX, getY: ColReader('grade') }).dataloaders(rows);
  expectTypeOf(await predicted(read)).toEqualTypeOf<Label>();
  const known = [ImageBlock(), CategoryBlock({ vocab: ['a', 'b'] })] as const;
  const listed = new DataBlock({ blocks: known, getX, getY: ColReader('grade') }).dataloaders(rows);
  expectTypeOf(await predicted(listed)).toEqualTypeOf<string>();
  const named = [ImageBlock(), CategoryBlock<string>()] as const;
  expectTypeOf(
    await predicted(new DataBlock({ blocks: named, getters: [getX, ColReader('file')] }).dataloaders(rows)),
  ).toEqualTypeOf<string>();
  const several = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock(), MultiCategoryBlock()],
    nInp: 1,
    getX,
    getY: [(row: { grade: number }) => row.grade > 3, (row: { tags: string[] }) => row.tags],
  }).dataloaders(rows);
  expectTypeOf(several.decodeBatch).returns.resolves.toEqualTypeOf<
    [input: unknown, target: [boolean, string[]]][]
  >();
}

export async function severalLabels() {
  const dls = await new DataBlock({ blocks: [ImageBlock(), MultiCategoryBlock()], getItems }).dataloaders(
    'p',
  );
  const learn = new Learner(dls, model);
  expectTypeOf(learn.y).toEqualTypeOf<tf.Tensor2D>();
  const [labels, encoded, probabilities] = await learn.predict('beach.jpg');
  expectTypeOf(labels).toEqualTypeOf<Label[]>();
  expectTypeOf(encoded).toEqualTypeOf<number[]>();
  expectTypeOf(probabilities).toEqualTypeOf<number[]>();
}

export async function numbers() {
  const dls = await new DataBlock({ blocks: [ImageBlock(), RegressionBlock()], getItems }).dataloaders('p');
  const [age, same] = await new Learner(dls, model).predict('face.jpg');
  expectTypeOf(age).toEqualTypeOf<number>();
  expectTypeOf(same).toEqualTypeOf<number>();

  const two = await new DataBlock({
    blocks: [ImageBlock(), RegressionBlock({ nOut: 2 })],
    getItems,
  }).dataloaders('p');
  const [angles, list] = await new Learner(two, model).predict('face.jpg');
  expectTypeOf(angles).toEqualTypeOf<number[]>();
  expectTypeOf(list).toEqualTypeOf<number[]>();

  const some = await new DataBlock({
    blocks: [ImageBlock(), RegressionBlock({ nOut: files.length })],
    getItems,
  }).dataloaders('p');
  const [either] = await new Learner(some, model).predict('face.jpg');
  expectTypeOf(either).toEqualTypeOf<number | number[]>();
}

export async function points() {
  const dls = await new DataBlock({ blocks: [ImageBlock(), PointBlock()], getItems }).dataloaders('p');
  const [places, rows] = await new Learner(dls, model).predict('face.jpg');
  expectTypeOf(places).toEqualTypeOf<Point[]>();
  expectTypeOf(rows).toEqualTypeOf<number[][]>();
}

export async function boxes() {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), BBoxBlock(), BBoxLblBlock()],
    nInp: 1,
    getItems,
  }).dataloaders('p');
  expectTypeOf(dls).toEqualTypeOf<
    DataLoaders<tf.Tensor4D, [tf.Tensor3D, tf.Tensor2D], [BBox[], Label[]], string>
  >();
  const learn = new Learner(dls, model, {
    lossFunc: (pred, sides, labels) => tf.add(pred, tf.add(sides, labels)),
  });
  expectTypeOf(learn.y).toEqualTypeOf<[tf.Tensor3D, tf.Tensor2D]>();
  const [, [sides, labels]] = await learn.getPreds();
  expectTypeOf(sides).toEqualTypeOf<tf.Tensor3D>();
  expectTypeOf(labels).toEqualTypeOf<tf.Tensor2D>();
  const [found] = await learn.predict('street.jpg');
  expectTypeOf(found).toEqualTypeOf<unknown>();
}

export async function masks() {
  const dls = await new DataBlock({ blocks: [ImageBlock(), MaskBlock()], getItems }).dataloaders('p');
  const [mask, rows, probabilities] = await new Learner(dls, model).predict('street.jpg');
  expectTypeOf(mask).toEqualTypeOf<Pixels>();
  expectTypeOf(rows).toEqualTypeOf<number[][]>();
  expectTypeOf(probabilities).toEqualTypeOf<number[]>();
}

export async function severalInputs() {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), ImageBlock(), CategoryBlock()],
    getItems,
  }).dataloaders('pairs');
  const learn = new Learner(dls, model);
  expectTypeOf(learn.x).toEqualTypeOf<[tf.Tensor4D, tf.Tensor4D]>();
  const [[left, right]] = await learn.getPreds({ withInput: true });
  expectTypeOf(left).toEqualTypeOf<tf.Tensor4D>();
  expectTypeOf(right).toEqualTypeOf<tf.Tensor4D>();
  const [answer] = await learn.predict(['a.jpg', 'b.jpg']);
  expectTypeOf(answer).toEqualTypeOf<Label>();
}

export async function ownBlock() {
  const Words = () =>
    new TransformBlock<tf.Tensor2D, { words: string[] }>({
      kind: 'words',
      collate: (rows: number[][]) => tf.tensor2d(rows),
    });
  const dls = await new DataBlock({ blocks: [ImageBlock(), Words()], getItems }).dataloaders('pages');
  const [said] = await new Learner(dls, model).predict('page.png');
  expectTypeOf(said).toEqualTypeOf<{ words: string[] }>();
}

export async function shortcuts() {
  const folders = await ImageDataLoaders.fromFolder('pictures');
  expectTypeOf(
    (await (await visionLearner(folders, resnet34)).predict('cat.jpg'))[0],
  ).toEqualTypeOf<string>();
  const ages = await ImageDataLoaders.fromLists('faces', files, [1.5], { yBlock: RegressionBlock() });
  expectTypeOf((await (await visionLearner(ages, resnet34)).predict('face.jpg'))[0]).toEqualTypeOf<number>();
  const named = await ImageDataLoaders.fromLists('faces', files, [['old', 'happy']]);
  expectTypeOf((await (await visionLearner(named, resnet34)).predict('f.jpg'))[0]).toEqualTypeOf<string[]>();
  const unsure = await ImageDataLoaders.fromLists('faces', files, [1, 2]);
  expectTypeOf((await (await visionLearner(unsure, resnet34)).predict('f.jpg'))[0]).toEqualTypeOf<number>();
  const streets = await SegmentationDataLoaders.fromLabelFunc('streets', files, (file) => `${file}.png`);
  expectTypeOf((await (await unetLearner(streets, resnet34)).predict('s.jpg'))[0]).toEqualTypeOf<Pixels>();
}

export async function anyTask(learn: AnyLearner) {
  const [what, inNumbers, probabilities] = await learn.predict('cat.jpg');
  expectTypeOf(what).toEqualTypeOf<unknown>();
  expectTypeOf(inNumbers).toEqualTypeOf<unknown>();
  expectTypeOf(probabilities).toEqualTypeOf<number[]>();
  await learn.fineTune(1);
  await (await learn.showResults()).save('results.png');
  await learn.export();
  return learn.tta();
}
