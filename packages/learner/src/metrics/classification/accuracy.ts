import { checkInteger, checkNumber, ShapeError, withName } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { argMaxOver } from '../../losses/classLoss.js';
import type { MetricFunction } from '../avgMetric.js';
import { errorMetric } from '../errorMetric.js';

/** The predictions' class axis. */
export interface ClassAxis {
  /** Default: the last. */
  axis?: number;
}

/**
 * The fraction of items whose most probable class is correct.
 *
 * Source: fastai `metrics.py`, `accuracy`.
 *
 * @param pred Logits or probabilities, such as `[n, classes]`
 * @param targ Class indices, `[n]`.
 */
export const accuracy = /* @__PURE__ */ withName(
  'accuracy',
  (pred: tf.Tensor, targ: tf.Tensor, { axis = -1 }: ClassAxis = {}): tf.Scalar => {
    return tf.tidy(() => {
      const chosen = tf.reshape(argMaxOver(pred, axis), [-1]);
      return share(tf.equal(chosen, classNumbers(targ, chosen.size)));
    });
  },
);

/**
 * The fraction of items whose most probable class is wrong.
 *
 * Source: fastai `metrics.py`, `error_rate`.
 */
export const errorRate = /* @__PURE__ */ errorMetric(
  'errorRate',
  (pred: tf.Tensor, targ: tf.Tensor, options: ClassAxis = {}): tf.Scalar => {
    return tf.tidy(() => tf.sub(1, accuracy(pred, targ, options)));
  },
);

/**
 * The fraction of items whose correct class is among the `k` most probable ones.
 *
 * Source: fastai `metrics.py`, `top_k_accuracy`.
 *
 * @param pred Logits or probabilities, `[n, classes]`
 * @param targ Class indices, `[n]`.
 */
export const topKAccuracy = /* @__PURE__ */ withName(
  'topKAccuracy',
  (pred: tf.Tensor, targ: tf.Tensor, { k = 5 }: { k?: number } = {}): tf.Scalar => {
    checkInteger('k', k, { min: 1, max: pred.shape.at(-1)! });
    return tf.tidy(() => {
      const { indices } = tf.topk(pred, k);
      const numbers = classNumbers(targ, indices.size / k);
      return share(tf.any(tf.equal(tf.reshape(indices, [-1, k]), tf.expandDims(numbers, 1)), 1));
    });
  },
);

/** Settings of {@link accuracyMulti}. */
export interface AccuracyMultiOptions {
  /** Probability threshold for a label (default 0.5). */
  thresh?: number;
  /** Whether to apply the sigmoid to the predictions (default true). */
  sigmoid?: boolean;
}

/**
 * The fraction of correct labels, for several labels per item.
 *
 * Source: fastai `metrics.py`, `accuracy_multi`.
 *
 * @param pred Logits or probabilities, `[n, labels]`
 * @param targ 1 where an item has a label and 0 where not, `[n, labels]`.
 */
export const accuracyMulti = /* @__PURE__ */ withName(
  'accuracyMulti',
  (
    pred: tf.Tensor,
    targ: tf.Tensor,
    { thresh = 0.5, sigmoid = true }: AccuracyMultiOptions = {},
  ): tf.Scalar => {
    checkNumber('thresh', thresh);
    return tf.tidy(() => {
      const found = tf.reshape(tf.greater(sigmoid ? tf.sigmoid(pred) : pred, thresh), [-1]);
      return share(tf.equal(tf.cast(found, 'int32'), classNumbers(targ, found.size)));
    });
  },
);

/** Settings of {@link foregroundAcc}. */
export interface ForegroundAccOptions extends ClassAxis {
  /** The background class (default 0). */
  bkgIdx?: number;
}

/**
 * The fraction of non-background pixels whose most probable class is correct. NaN for a batch that is all background, which
 * the average over batches ignores.
 *
 * Source: fastai `metrics.py`, `foreground_acc`.
 *
 * @param pred Logits or probabilities, such as `[n, height, width, classes]`
 * @param targ Class indices, `[n, height, width]`.
 */
export const foregroundAcc = /* @__PURE__ */ skippingNaN(
  'foregroundAcc',
  (pred: tf.Tensor, targ: tf.Tensor, { bkgIdx = 0, axis = -1 }: ForegroundAccOptions = {}): tf.Scalar => {
    return tf.tidy(() => {
      const chosen = tf.reshape(argMaxOver(pred, axis), [-1]);
      const numbers = classNumbers(targ, chosen.size);
      const counts = tf.cast(tf.notEqual(numbers, bkgIdx), 'float32');
      const right = tf.mul(counts, tf.cast(tf.equal(chosen, numbers), 'float32'));
      return tf.div(tf.sum(right), tf.sum(counts));
    });
  },
);

/** Gives a metric a name, and has averages ignore batches for which it is NaN. */
function skippingNaN<F extends MetricFunction>(name: string, func: F): F & { readonly skipNaN: true } {
  return Object.assign(withName(name, func), { skipNaN: true as const });
}

function classNumbers(targ: tf.Tensor, n: number): tf.Tensor {
  if (targ.size !== n) {
    throw new ShapeError(
      `The metric has ${n} predictions but ${targ.size} targets: it needs one target per prediction.`,
    );
  }
  return tf.cast(tf.reshape(targ, [-1]), 'int32');
}

function share(hits: tf.Tensor): tf.Scalar {
  return tf.mean(tf.cast(hits, 'float32'));
}
