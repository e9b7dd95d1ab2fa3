/** Compiled with the tests, not run: which losses and metrics go with which data, and what their functions are given. */
import { expectTypeOf } from 'expect-type';
import {
  AccumMetric,
  AvgMetric,
  accuracy,
  accuracyMulti,
  BCEWithLogitsLossFlat,
  CategoryBlock,
  CrossEntropyLossFlat,
  type DataLoaders,
  Dice,
  expectedCalibrationError,
  F1ScoreMulti,
  foregroundAcc,
  Learner,
  type LearnerOptions,
  type Loss,
  type LossFunction,
  loadLearner,
  lossMetrics,
  MSELossFlat,
  mae,
  overconfidence,
  resnet34,
  tf,
  unetLearner,
  visionLearner,
} from 'fastts';
import { boxes, masks, model, number, numbers, oneLabel, pairs, points, severalLabels } from './tasks.js';

export async function oneLabelPerPicture() {
  new Learner(oneLabel, model, { lossFunc: new CrossEntropyLossFlat(), metrics: accuracy });
  const learn = await visionLearner(oneLabel, resnet34, {
    lossFunc: (pred, y) => {
      expectTypeOf(pred).toEqualTypeOf<tf.Tensor>();
      expectTypeOf(y).toEqualTypeOf<tf.Tensor1D>();
      return tf.losses.softmaxCrossEntropy(tf.oneHot(tf.cast(y, 'int32'), 10), pred);
    },
    metrics: [
      accuracy,
      expectedCalibrationError,
      overconfidence,
      function hits(pred, y) {
        expectTypeOf(y).toEqualTypeOf<tf.Tensor1D>();
        return tf.mean(tf.equal(tf.argMax(pred, 1), tf.cast(y, 'int32')));
      },
      new AvgMetric((pred, y: tf.Tensor1D) => accuracy(pred, y, { axis: 1 }), { name: 'accuracy1' }),
    ],
  });
  learn.lossFunc = new CrossEntropyLossFlat({ weight: [1, 2] });
  learn.lossFunc = (pred, y) => tf.mean(tf.sub(pred, y));
  learn.lossFunc = (pred: tf.Tensor, y: tf.Tensor1D) => tf.mean(tf.gather(pred, y));
}

export async function otherTargets() {
  new Learner(severalLabels, model, {
    lossFunc: new BCEWithLogitsLossFlat(),
    metrics: [accuracyMulti, new F1ScoreMulti(), (pred, y) => accuracyMulti(pred, y, { thresh: 0.2 })],
  });
  new Learner(number, model, {
    lossFunc: new MSELossFlat(),
    metrics: [mae, (pred, y) => tf.max(tf.sub(pred, y))],
  });
  new Learner(numbers, model, { lossFunc: (pred, y) => tf.losses.huberLoss(y, pred), metrics: mae });
  new Learner(points, model, {
    lossFunc: (pred, y) => {
      expectTypeOf(y).toEqualTypeOf<tf.Tensor3D>();
      return tf.losses.meanSquaredError(tf.reshape(y, [y.shape[0], -1]), pred);
    },
  });
  await unetLearner(masks, resnet34, {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: [foregroundAcc, new Dice(), pixelAccuracy, (_, mask) => tf.mean(tf.notEqual(mask, 0))],
  });
  new Learner(pairs, model, { lossFunc: new CrossEntropyLossFlat(), metrics: accuracy });
  new Learner(boxes, model, {
    lossFunc: (pred, sides, labels) => {
      expectTypeOf(sides).toEqualTypeOf<tf.Tensor3D>();
      expectTypeOf(labels).toEqualTypeOf<tf.Tensor2D>();
      return tf.add(boxLoss.forward(pred, sides, labels), tf.mean(labels));
    },
    metrics: (pred, sides, labels) => tf.mean(tf.add(tf.sub(pred, sides), tf.sum(labels))),
  });
  new Learner(boxes, model, { lossFunc: boxLoss, metrics: lossMetrics(['sides', 'labels']) });
}
declare function pixelAccuracy(pred: tf.Tensor, mask: tf.Tensor3D): tf.Tensor;
declare const boxLoss: {
  sides: tf.Scalar;
  forward(pred: tf.Tensor, sides: tf.Tensor3D, labels: tf.Tensor2D): tf.Tensor;
};

export async function ofLoadedLearners() {
  const learn = await loadLearner('pets.safetensors', {
    target: CategoryBlock(),
    metrics: [accuracy, (pred, y) => accuracy(pred, tf.reshape<tf.Rank.R1>(y, [y.shape[0]]))],
  });
  learn.lossFunc = new CrossEntropyLossFlat();
  await loadLearner('any.safetensors', {
    metrics: [accuracy, accuracyMulti, (pred, y) => accuracy(pred, y)],
  });
}

/** Of all tasks. */
export function learnerOf<X, Y>(dls: DataLoaders<X, Y>, options: LearnerOptions<X, Y>) {
  const loss: Loss = { forward: (pred, target) => tf.mean(tf.sub(pred, target!)) };
  const asFunction: LossFunction = (pred, ...targets) => tf.addN([pred, ...targets]);
  new Learner(dls, model, { lossFunc: asFunction, metrics: [accuracy, new AccumMetric(({ size }) => size)] });
  return new Learner(dls, model, { lossFunc: loss, metrics: accuracy, ...options });
}

export function mustFitTheTargets() {
  learnerOf(masks, { metrics: pixelAccuracy });
  // @ts-expect-error: the target is one number an item, not a mask
  new Learner(oneLabel, model, { metrics: pixelAccuracy });
  // @ts-expect-error: as above
  learnerOf(oneLabel, { metrics: [accuracy, pixelAccuracy] });
  // @ts-expect-error: as above
  new Learner(oneLabel, model, { lossFunc: (pred: tf.Tensor, mask: tf.Tensor3D) => tf.sub(pred, mask) });
  // @ts-expect-error: there is one target
  new Learner(oneLabel, model, { lossFunc: (pred, sides, labels) => tf.add(pred, tf.add(sides, labels)) });
  // @ts-expect-error: a class is made by `new`
  new Learner(oneLabel, model, { lossFunc: CrossEntropyLossFlat });
  // @ts-expect-error: as above
  new Learner(masks, model, { metrics: Dice });
  // @ts-expect-error: metrics are synchronous
  new Learner(number, model, { metrics: async (pred, y) => tf.sub(pred, y) });
}
