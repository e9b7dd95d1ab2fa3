import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { argMaxOver, axisOf } from '../../losses/classLoss.js';
import type { Certainty } from './calibrationBins.js';

/** Common options of calibration metrics. */
export interface CalibrationOptions {
  /** The predictions' class axis (default: the last; as a metric: the loss's). */
  axis?: number | undefined;
  /** Items with this class index are ignored (default: none; as a metric: the loss's). */
  ignoreIndex?: number | undefined;
}

/** {@link Certainty} on the engine: both of shape `[items]`. */
export type CertaintyTensors = [confidences: tf.Tensor1D, hits: tf.Tensor1D];

/**
 * How sure predictions are, and whether they are right.
 *
 * @param probs Probabilities: `[..., classes]`, or of independent labels, in the shape of `targs`.
 * @param targs Class indices, or 0 and 1 in the shape of `probs`: then the confidence is the label's probability, and a hit
 * is an item that has the label.
 * @throws ShapeError when the shapes fit in neither way.
 */
export function certaintyTensors(
  probs: tf.Tensor,
  targs: tf.Tensor,
  { axis = -1, ignoreIndex }: CalibrationOptions = {},
): CertaintyTensors {
  return tf.tidy(() => {
    const [confidences, hits] = isOfLabels(probs, targs) ? [probs, targs] : ofClasses(probs, targs, axis);
    const counted =
      ignoreIndex === undefined
        ? confidences
        : tf.where(tf.equal(tf.reshape(targs, confidences.shape), ignoreIndex), Number.NaN, confidences);
    return [tf.reshape(counted, [-1]), tf.reshape(tf.cast(hits, 'float32'), [-1])];
  });
}

/** {@link certaintyTensors}, read from the engine. */
export async function certaintyOf(
  probs: tf.Tensor,
  targs: tf.Tensor,
  options: CalibrationOptions,
): Promise<Certainty> {
  const tensors = certaintyTensors(probs, targs, options);
  try {
    const [confidences, hits] = await Promise.all(tensors.map((tensor) => tensor.data()));
    return { confidences: confidences!, hits: hits! };
  } finally {
    tf.dispose(tensors);
  }
}

/**
 * Whether probabilities are of independent labels, which have one target each. Those of one label, `[n, 1]`, may have targets
 * `[n]`, unless these are integers: then they are indices of a single class.
 */
export function isOfLabels(probs: tf.Tensor, targs: tf.Tensor): boolean {
  return (
    String(probs.shape) === String(targs.shape) || (probs.size === targs.size && targs.dtype !== 'int32')
  );
}

/** The probability of each item's most probable class, `[...]`; NaN if one of its probabilities is. */
export function confidenceOver(probs: tf.Tensor, axis: number): tf.Tensor {
  const place = axisOf(axis, probs.rank);
  // Not every engine's maximum is NaN if a value is.
  return tf.tidy(() => tf.add(tf.max(probs, place), tf.mul(tf.sum(probs, place), 0)));
}

function ofClasses(probs: tf.Tensor, targs: tf.Tensor, axis: number): [tf.Tensor, tf.Tensor] {
  const confidences = confidenceOver(probs, axis);
  if (confidences.size !== targs.size) {
    throw new ShapeError(
      `Calibration has predictions of shape [${probs.shape}] but targets of shape [${targs.shape}]: it needs one class index per prediction, or one 0 or 1 per label's probability.`,
    );
  }
  const numbers = tf.cast(tf.reshape(targs, confidences.shape), 'int32');
  return [confidences, tf.equal(argMaxOver(probs, axis), numbers)];
}
