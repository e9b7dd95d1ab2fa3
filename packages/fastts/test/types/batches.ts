/** Compiled with the tests, not run: the types of batches for each kind of target and each way to create data loaders. */
import { expectTypeOf } from 'expect-type';
import {
  type Batch,
  type BBox,
  BBoxBlock,
  BBoxLblBlock,
  CategoryBlock,
  DataBlock,
  type DataLoader,
  type DataLoaders,
  Datasets,
  getImageFiles,
  ImageBlock,
  ImageDataLoaders,
  type Label,
  MaskBlock,
  MultiCategoryBlock,
  type Pixels,
  PointBlock,
  parentLabel,
  RegressionBlock,
  type Row,
  SegmentationDataLoaders,
  TransformBlock,
  type tf,
  WeightedDL,
} from 'fastts';

declare const files: string[];
declare const rows: Row[];
const getItems = getImageFiles;
type Point = readonly [x: number, y: number];

export async function oneLabel() {
  const block = new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getItems, getY: parentLabel });
  expectTypeOf(await block.datasets('pictures')).toEqualTypeOf<
    Datasets<tf.Tensor4D, tf.Tensor1D, string, string>
  >();

  const dls = await block.dataloaders('pictures');
  expectTypeOf(dls).toEqualTypeOf<DataLoaders<tf.Tensor4D, tf.Tensor1D, string, string>>();
  expectTypeOf(dls.vocab).toEqualTypeOf<readonly Label[]>();
  expectTypeOf(dls.c).toEqualTypeOf<number>();
  expectTypeOf(dls.train).toEqualTypeOf<DataLoader<tf.Tensor4D, tf.Tensor1D, string, string>>();
  expectTypeOf(dls.loaders).toEqualTypeOf<readonly DataLoader<tf.Tensor4D, tf.Tensor1D, string, string>[]>();
  for await (const [x, y] of dls.valid) {
    expectTypeOf(x).toEqualTypeOf<tf.Tensor4D>();
    expectTypeOf(y).toEqualTypeOf<tf.Tensor1D>();
  }

  const batch = await dls.oneBatch();
  expectTypeOf(batch).toEqualTypeOf<Batch<tf.Tensor4D, tf.Tensor1D>>();
  expectTypeOf(dls.valid.decode(batch)).toEqualTypeOf<Batch<tf.Tensor4D, tf.Tensor1D>>();
  expectTypeOf(await dls.decodeBatch(batch)).toEqualTypeOf<[input: unknown, target: string][]>();
  await dls.showBatch({ batch });

  expectTypeOf(await block.weightedDataloaders('p', 'balanced')).toEqualTypeOf(dls);
  expectTypeOf(await block.partialDataloaders('p', 100)).toEqualTypeOf(dls);
  expectTypeOf(await block.new().dataloaders('p')).toEqualTypeOf(dls);
}

export async function testItems(dls: DataLoaders<tf.Tensor4D, tf.Tensor2D>) {
  const unlabeled = dls.testDl(files);
  expectTypeOf(unlabeled).toEqualTypeOf<DataLoader<tf.Tensor4D, undefined, undefined, string>>();
  expectTypeOf(await unlabeled.oneBatch()).toEqualTypeOf<Batch<tf.Tensor4D, undefined>>();
  expectTypeOf(dls.testDl(files, { withLabels: true })).toEqualTypeOf<
    DataLoader<tf.Tensor4D, tf.Tensor2D, unknown, string>
  >();
  // @ts-expect-error: a test loader's batches have no targets, which this one has
  await unlabeled.showBatch({ batch: await dls.oneBatch() });
}

export async function severalLabels() {
  const block = new DataBlock({ blocks: [ImageBlock(), MultiCategoryBlock()], getItems });
  const dls = await block.dataloaders('pictures');
  expectTypeOf(dls).toEqualTypeOf<DataLoaders<tf.Tensor4D, tf.Tensor2D, Label[], string>>();
  expectTypeOf(dls.vocab).toEqualTypeOf<readonly Label[]>();
  // @ts-expect-error: encoded targets need a vocabulary, which names the labels
  MultiCategoryBlock({ encoded: true });
  MultiCategoryBlock({ encoded: true, vocab: ['sun', 'sea'] });
}

export async function numbers() {
  const one = new DataBlock({ blocks: [ImageBlock(), RegressionBlock()], getItems });
  expectTypeOf(await one.dataloaders('p')).toEqualTypeOf<
    DataLoaders<tf.Tensor4D, tf.Tensor1D, number, string>
  >();
  const two = new DataBlock({ blocks: [ImageBlock(), RegressionBlock({ nOut: 2 })], getItems });
  expectTypeOf(await two.dataloaders('p')).toEqualTypeOf<
    DataLoaders<tf.Tensor4D, tf.Tensor2D, number[], string>
  >();
}

export async function points() {
  const block = new DataBlock({ blocks: [ImageBlock(), PointBlock()], getItems });
  expectTypeOf(await block.dataloaders('p')).toEqualTypeOf<
    DataLoaders<tf.Tensor4D, tf.Tensor3D, Point[], string>
  >();
}

export async function boxes() {
  const block = new DataBlock({ blocks: [ImageBlock(), BBoxBlock(), BBoxLblBlock()], nInp: 1, getItems });
  const dls = await block.dataloaders('p');
  expectTypeOf(dls).toEqualTypeOf<
    DataLoaders<tf.Tensor4D, [tf.Tensor3D, tf.Tensor2D], [BBox[], Label[]], string>
  >();
  const [, [sides, labels]] = await dls.oneBatch();
  expectTypeOf(sides).toEqualTypeOf<tf.Tensor3D>();
  expectTypeOf(labels).toEqualTypeOf<tf.Tensor2D>();
}

export async function masks() {
  const block = new DataBlock({ blocks: [ImageBlock(), MaskBlock()], getItems });
  const dls = await block.dataloaders('p');
  expectTypeOf(dls).toEqualTypeOf<DataLoaders<tf.Tensor4D, tf.Tensor3D, Pixels, string>>();
  const byLabelFunc = await SegmentationDataLoaders.fromLabelFunc('p', files, (file) => `${file}.png`);
  expectTypeOf(await byLabelFunc.oneBatch()).toEqualTypeOf<Batch<tf.Tensor4D, tf.Tensor3D>>();
}

export async function severalInputs() {
  const pairs = new DataBlock({ blocks: [ImageBlock(), ImageBlock(), CategoryBlock()], getItems });
  const dls = await pairs.dataloaders('p');
  expectTypeOf(dls).toEqualTypeOf<DataLoaders<[tf.Tensor4D, tf.Tensor4D], tf.Tensor1D, Label, string>>();
  const [[left, right], label] = await dls.oneBatch();
  expectTypeOf(left).toEqualTypeOf<tf.Tensor4D>();
  expectTypeOf(right).toEqualTypeOf<tf.Tensor4D>();
  expectTypeOf(label).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(dls.testDl([['a.jpg', 'b.jpg']])).toEqualTypeOf<
    DataLoader<[tf.Tensor4D, tf.Tensor4D], undefined, undefined, string[]>
  >();
}

export async function severalTargets() {
  const block = new DataBlock({
    blocks: [ImageBlock(), MultiCategoryBlock(), RegressionBlock(), RegressionBlock({ nOut: 2 })],
    nInp: 1,
    getItems,
  });
  expectTypeOf(await block.dataloaders('p')).toEqualTypeOf<
    DataLoaders<tf.Tensor4D, [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D], [Label[], number, number[]], string>
  >();
}

export async function noTargets() {
  const block = new DataBlock({ blocks: [ImageBlock()], getItems });
  expectTypeOf(await block.dataloaders('p')).toEqualTypeOf<
    DataLoaders<tf.Tensor4D, undefined, undefined, string>
  >();
}

interface Photo {
  file: string;
  labels: string[];
}

/** Items are what `getItems` finds or, without it, what the source lists. */
export async function items(photos: Photo[], read: (folder: string) => Promise<Photo[]>) {
  const blocks = [ImageBlock(), MultiCategoryBlock()] as const;
  const getX = (photo: { file: string }) => photo.file;
  const getY = (photo: { labels: string[] }) => photo.labels;
  const listed = await new DataBlock({ blocks, getX, getY }).dataloaders(photos);
  expectTypeOf(listed).toEqualTypeOf<DataLoaders<tf.Tensor4D, tf.Tensor2D, string[], Photo>>();
  const found = await new DataBlock({ blocks, getItems: read, getX, getY }).dataloaders('photos');
  expectTypeOf(found.valid.dataset.items).toEqualTypeOf<readonly Photo[]>();
  const table = await ImageDataLoaders.fromRows(photos, { fnCol: 'file', labelCol: 'labels' });
  expectTypeOf(table.train.dataset.items).toEqualTypeOf<readonly Photo[]>();
  const folders = await ImageDataLoaders.fromFolder('pictures');
  expectTypeOf(folders.train.dataset.items).toEqualTypeOf<readonly string[]>();

  const datasets = await Datasets.build(photos, { blocks, getters: [getX, getY] });
  expectTypeOf(datasets).toEqualTypeOf<Datasets<tf.Tensor4D, tf.Tensor2D, Label[], Photo>>();
  expectTypeOf(await datasets.dataloaders()).toExtend<
    DataLoaders<tf.Tensor4D, tf.Tensor2D, Label[], Photo>
  >();
  expectTypeOf(new WeightedDL(datasets.train)).toEqualTypeOf<
    WeightedDL<tf.Tensor4D, tf.Tensor2D, Label[], Photo>
  >();
}

export async function otherBlocks(blocks: TransformBlock[]) {
  const unknown = new DataBlock({ blocks, getItems });
  expectTypeOf(await unknown.dataloaders('p')).toEqualTypeOf<
    DataLoaders<tf.Tensor, tf.Tensor, unknown, string>
  >();

  const Ages = () =>
    new TransformBlock({ kind: 'age', collate: (ages: number[]): tf.Tensor1D => tensorOf(ages) });
  const own = await new DataBlock({ blocks: [ImageBlock(), Ages()], getItems }).dataloaders('p');
  expectTypeOf(await own.oneBatch()).toEqualTypeOf<Batch<tf.Tensor4D, tf.Tensor1D>>();
}
declare function tensorOf(numbers: number[]): tf.Tensor1D;

export async function imageDataLoaders() {
  const y = async <Y, V>(dls: Promise<DataLoaders<tf.Tensor4D, Y, V>>) => (await (await dls).oneBatch())[1];
  expectTypeOf(await y(ImageDataLoaders.fromFolder('p'))).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(
    await y(ImageDataLoaders.fromNameFunc('p', files, (name) => name[0]!)),
  ).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(await y(ImageDataLoaders.fromCsv('p', { labelCol: 'label' }))).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf(await y(ImageDataLoaders.fromCsv('p', { labelDelim: ' ' }))).toEqualTypeOf<tf.Tensor2D>();
  expectTypeOf(await y(ImageDataLoaders.fromCsv('p', { labelCol: files }))).toEqualTypeOf<tf.Tensor>();
  expectTypeOf(
    await y(ImageDataLoaders.fromRows(rows, { labelCol: ['a', 'b'] })),
  ).toEqualTypeOf<tf.Tensor2D>();
  const ages = { yBlock: RegressionBlock({ nOut: 2 }) };
  expectTypeOf(await y(ImageDataLoaders.fromRows(rows, ages))).toEqualTypeOf<tf.Tensor2D>();
  expectTypeOf(await y(ImageDataLoaders.fromLists('p', files, [['a'], ['b']]))).toEqualTypeOf<tf.Tensor2D>();
  expectTypeOf(await y(ImageDataLoaders.fromLists('p', files, [1.5], ages))).toEqualTypeOf<tf.Tensor2D>();
  // @ts-expect-error: there is no such setting
  await ImageDataLoaders.fromCsv('p', { labelColumn: 'label' });
}
