/** Compiled with the tests, not run: what predictions of labeled and of test loaders are, for each kind of task. */
import { expectTypeOf } from 'expect-type';
import {
  type AnyLearner,
  ClassificationInterpretation,
  DataLoader,
  type DataLoaders,
  type Figure,
  Interpretation,
  Learner,
  SegmentationInterpretation,
  tf,
} from 'fastts';
import {
  boxes,
  files,
  masks,
  model,
  number,
  oneLabel,
  type Pair,
  pairs,
  points,
  severalLabels,
} from './tasks.js';

export async function ofOneLabel() {
  const learn = new Learner(oneLabel, model);
  const [unlabeled, labeled] = [oneLabel.testDl(files), oneLabel.testDl(files, { withLabels: true })];
  expectTypeOf(await learn.getPreds({ dl: unlabeled })).toEqualTypeOf<[preds: tf.Tensor, targs: undefined]>();
  expectTypeOf(await learn.getPreds({ dl: labeled })).toEqualTypeOf<[preds: tf.Tensor, targs: tf.Tensor1D]>();
  expectTypeOf(await learn.tta({ dl: unlabeled })).toEqualTypeOf<[preds: tf.Tensor, targs: undefined]>();
  expectTypeOf(await learn.tta({ dl: labeled, n: 8 })).toEqualTypeOf<
    [preds: tf.Tensor, targs: tf.Tensor1D]
  >();
  const [[augmented, plain]] = await learn.tta({ dl: unlabeled, beta: null });
  expectTypeOf([augmented, plain]).toEqualTypeOf<tf.Tensor[]>();

  // A submission: the class of each file.
  const [preds] = await learn.tta({ dl: unlabeled });
  const numbers = await tf.argMax(preds, 1).data();
  const lines = unlabeled.dataset.items.map((file, i) => `${file},${oneLabel.vocab[numbers[i]!]}`);
  expectTypeOf(lines).toEqualTypeOf<string[]>();

  expectTypeOf(await learn.showResults()).toEqualTypeOf<Figure>();
  await learn.showResults({ dl: unlabeled });
  await learn.showResults({ dl: labeled });
  const interp = await ClassificationInterpretation.fromLearner(learn, { dl: labeled });
  expectTypeOf(interp).toEqualTypeOf<ClassificationInterpretation<tf.Tensor4D, tf.Tensor1D, string>>();
  expectTypeOf(interp.topLosses(9)[2]).toEqualTypeOf<string[]>();
  expectTypeOf(await interp.at([0])).toEqualTypeOf<
    [inputs: tf.Tensor4D, preds: tf.Tensor, targs: tf.Tensor1D, decoded: tf.Tensor, losses: number[]]
  >();
}

export async function ofSeveralLabels() {
  const learn = new Learner(severalLabels, model);
  const labeled = severalLabels.testDl(files, { withLabels: true });
  expectTypeOf((await learn.getPreds({ dl: labeled }))[1]).toEqualTypeOf<tf.Tensor2D>();
  expectTypeOf((await learn.tta({ dl: labeled }))[1]).toEqualTypeOf<tf.Tensor2D>();
  expectTypeOf((await learn.tta({ dl: severalLabels.testDl(files) }))[1]).toEqualTypeOf<undefined>();
  await learn.showResults({ dl: severalLabels.testDl(files) });
  const interp = await Interpretation.fromLearner(learn);
  expectTypeOf(interp).toEqualTypeOf<Interpretation<tf.Tensor4D, tf.Tensor2D, string>>();
}

export async function ofNumbers() {
  const learn = new Learner(number, model);
  expectTypeOf((await learn.getPreds())[1]).toEqualTypeOf<tf.Tensor1D>();
  expectTypeOf((await learn.tta({ dl: number.testDl(files) }))[1]).toEqualTypeOf<undefined>();
  await learn.showResults({ dl: number.testDl(files) });
  const interp = await Interpretation.fromLearner(learn, { split: 'train' });
  expectTypeOf(interp.learn).toEqualTypeOf<AnyLearner<tf.Tensor4D, tf.Tensor1D>>();
}

export async function ofPoints() {
  const learn = new Learner(points, model);
  expectTypeOf((await learn.getPreds())[1]).toEqualTypeOf<tf.Tensor3D>();
  expectTypeOf((await learn.tta())[1]).toEqualTypeOf<tf.Tensor3D>();
  expectTypeOf((await learn.getPreds({ dl: points.testDl(files) }))[1]).toEqualTypeOf<undefined>();
  await learn.showResults({ dl: points.testDl(files) });
  expectTypeOf((await Interpretation.fromLearner(learn)).items).toEqualTypeOf<readonly string[]>();
}

export async function ofBoxes() {
  const learn = new Learner(boxes, model, {
    lossFunc: (pred, sides, labels) => tf.add(pred, tf.add(sides, labels)),
  });
  const labeled = boxes.testDl(files, { withLabels: true });
  expectTypeOf((await learn.getPreds({ dl: labeled }))[1]).toEqualTypeOf<[tf.Tensor3D, tf.Tensor2D]>();
  expectTypeOf((await learn.tta())[1]).toEqualTypeOf<[tf.Tensor3D, tf.Tensor2D]>();
  expectTypeOf((await learn.getPreds({ dl: boxes.testDl(files) }))[1]).toEqualTypeOf<undefined>();
  await learn.showResults({ dl: boxes.testDl(files) });
  const [, , [sides]] = await (await Interpretation.fromLearner(learn)).at([0]);
  expectTypeOf(sides).toEqualTypeOf<tf.Tensor3D>();
}

export async function ofMasks() {
  const learn = new Learner(masks, model);
  expectTypeOf((await learn.getPreds())[1]).toEqualTypeOf<tf.Tensor3D>();
  expectTypeOf((await learn.tta({ dl: masks.testDl(files) }))[1]).toEqualTypeOf<undefined>();
  await learn.showResults({ dl: masks.testDl(files) });
  const interp = await SegmentationInterpretation.fromLearner(learn);
  expectTypeOf(interp).toEqualTypeOf<SegmentationInterpretation<tf.Tensor4D, tf.Tensor3D, string>>();
}

export async function ofSeveralInputs() {
  const learn = new Learner(pairs, model);
  const unlabeled = pairs.testDl([['a.jpg', 'b.jpg']]);
  const [[left, right], , none] = await learn.getPreds({ dl: unlabeled, withInput: true });
  expectTypeOf([left, right]).toEqualTypeOf<tf.Tensor4D[]>();
  expectTypeOf(none).toEqualTypeOf<undefined>();
  expectTypeOf((await learn.tta({ dl: unlabeled }))[1]).toEqualTypeOf<undefined>();
  expectTypeOf((await learn.tta())[1]).toEqualTypeOf<tf.Tensor1D>();
  await learn.showResults({ dl: unlabeled });
  const interp = await Interpretation.fromLearner(learn);
  const [, , [worst]] = interp.topLosses(1);
  expectTypeOf(worst).toEqualTypeOf<Pair>();
}

/** A user's function for all tasks. */
export async function ofAnyTask<X, Y, V>(dls: DataLoaders<X, Y, V>, items: unknown[]) {
  const learn = new Learner(dls, model);
  await learn.getPreds({ dl: dls.testDl(items) });
  await learn.tta({ dl: dls.testDl(items, { withLabels: true }) });
  await learn.showResults({ dl: dls.testDl(items) });
  const interp = await Interpretation.fromLearner(learn);
  expectTypeOf(interp.topLosses()[2]).toEqualTypeOf<unknown[]>();
}

export async function loadersFollowTheirItems(learn: Learner, any: AnyLearner) {
  const pictures = new Learner(oneLabel, model);
  const twoLabels = new Learner(pairs, model);
  // @ts-expect-error: without labels there are no losses
  await Interpretation.fromLearner(pictures, { dl: oneLabel.testDl(files) });
  // @ts-expect-error: the items of this learner's data are pairs
  await Interpretation.fromLearner(twoLabels, { dl: pairs.testDl(files, { withLabels: true }) });
  // @ts-expect-error: masks are not the labels of this learner's data
  await pictures.validate({ dl: masks.valid });

  expectTypeOf(new DataLoader(oneLabel.valid.dataset, { bs: 8 })).toEqualTypeOf(oneLabel.valid);
  expectTypeOf(oneLabel.train.with({ dataset: masks.train.dataset })).toEqualTypeOf(masks.train);
  expectTypeOf(oneLabel.train.with({ bs: 8 })).toEqualTypeOf(oneLabel.train);
  expectTypeOf(oneLabel.train.dataset.items).toEqualTypeOf<readonly string[]>();
  // A learner whose annotation does not mention the items.
  expectTypeOf((await Interpretation.fromLearner(learn)).items).toEqualTypeOf<readonly unknown[]>();
  expectTypeOf((await Interpretation.fromLearner(any)).items).toEqualTypeOf<readonly unknown[]>();
}
