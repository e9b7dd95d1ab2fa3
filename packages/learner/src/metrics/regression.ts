import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { AccumMetric } from './accumMetric.js';
import { errorMetric } from './errorMetric.js';
import { checkSampleWeight, mean } from './weightedMean.js';

/** Settings of {@link ExplainedVariance} and {@link R2Score}. */
export interface VarianceOptions {
  /** Weight of each number (default 1). */
  sampleWeight?: readonly number[];
}

/**
 * The mean squared error.
 *
 * Source: fastai `metrics.py`, `mse`.
 */
export const mse = /* @__PURE__ */ errorMetric('mse', (pred: tf.Tensor, targ: tf.Tensor): tf.Scalar => {
  return tf.tidy(() => tf.mean(tf.square(difference(pred, targ))));
});

/**
 * The mean absolute error.
 *
 * Source: fastai `metrics.py`, `mae`.
 */
export const mae = /* @__PURE__ */ errorMetric('mae', (pred: tf.Tensor, targ: tf.Tensor): tf.Scalar => {
  return tf.tidy(() => tf.mean(tf.abs(difference(pred, targ))));
});

/**
 * The mean squared error of the logarithms of 1 plus each number.
 *
 * Source: fastai `metrics.py`, `msle`.
 */
export const msle = /* @__PURE__ */ errorMetric('msle', (pred: tf.Tensor, targ: tf.Tensor): tf.Scalar => {
  return tf.tidy(() => mse(tf.log1p(pred), tf.log1p(tf.cast(targ, 'float32'))));
});

/**
 * The root mean squared error over the whole set.
 *
 * Source: fastai `metrics.py`, `rmse`.
 *
 * @example
 * new Learner(dls, model, { metrics: rmse });
 */
export const rmse = /* @__PURE__ */ new AccumMetric(
  (preds, targs) => Math.sqrt(mean(Array.from(preds.values, (pred, i) => (pred - targs.values[i]!) ** 2))),
  { name: 'rmse', comp: 'less' },
);

/**
 * The root mean squared percentage error over the whole set, for predictions and targets that are logarithms.
 *
 * Source: fastai `metrics.py`, `exp_rmspe`.
 */
export const expRmspe = /* @__PURE__ */ new AccumMetric(
  (preds, targs) =>
    Math.sqrt(mean(Array.from(preds.values, (pred, i) => (1 - Math.exp(pred - targs.values[i]!)) ** 2))),
  { name: 'expRmspe', comp: 'less' },
);

/**
 * The fraction of the targets' variance that the predictions explain; a constant error is ignored.
 *
 * Source: fastai `metrics.py`, `ExplainedVariance`; scikit-learn `explained_variance_score`.
 */
export class ExplainedVariance extends AccumMetric {
  constructor({ sampleWeight }: VarianceOptions = {}) {
    super(
      (preds, targs) => {
        checkSampleWeight(sampleWeight, targs.size);
        const errors = Array.from(targs.values, (targ, i) => targ - preds.values[i]!);
        return explained(
          spread(errors, mean(errors, sampleWeight), sampleWeight),
          targs.values,
          sampleWeight,
        );
      },
      { name: 'explainedVarianceScore' },
    );
  }
}

/**
 * The coefficient of determination R²: 1 is no error, 0 is as good as predicting the mean. NaN for fewer than two targets.
 *
 * Source: fastai `metrics.py`, `R2Score`; scikit-learn `r2_score`.
 */
export class R2Score extends AccumMetric {
  constructor({ sampleWeight }: VarianceOptions = {}) {
    super(
      (preds, targs) => {
        checkSampleWeight(sampleWeight, targs.size);
        if (targs.size < 2) return Number.NaN;
        const errors = Array.from(targs.values, (targ, i) => targ - preds.values[i]!);
        return explained(spread(errors, 0, sampleWeight), targs.values, sampleWeight);
      },
      { name: 'r2Score' },
    );
  }
}

/** 1 minus the unexplained fraction; for constant targets either 1 or 0. */
function explained(unexplained: number, targs: ArrayLike<number>, sampleWeight?: readonly number[]): number {
  const whole = spread(targs, mean(targs, sampleWeight), sampleWeight);
  if (whole === 0) return unexplained === 0 ? 1 : 0;
  return 1 - unexplained / whole;
}

function spread(values: ArrayLike<number>, around: number, sampleWeight?: readonly number[]): number {
  return mean(
    Array.from(values, (value) => (value - around) ** 2),
    sampleWeight,
  );
}

function difference(pred: tf.Tensor, targ: tf.Tensor): tf.Tensor {
  if (pred.size !== targ.size) {
    throw new ShapeError(
      `The metric has predictions of shape [${pred.shape}] but targets of shape [${targ.shape}]: they must have equal sizes.`,
    );
  }
  return tf.sub(tf.reshape(pred, [-1]), tf.reshape(tf.cast(targ, 'float32'), [-1]));
}
