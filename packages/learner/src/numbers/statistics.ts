import { readsAtOnce, withoutGradient } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/** What a tensor's values are like. */
export interface Statistics {
  readonly size: number;
  /** Number of values that are NaN or infinite, and the first of them. */
  readonly nonFinite: number;
  readonly first: number | undefined;
  /** Of the finite values; NaN if there are none. */
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** A tensor's shape and statistics, which are known at once, or when the engine has computed it. */
export interface SeenTensor {
  readonly shape: number[];
  readonly statistics: Statistics | Promise<Statistics>;
}

/** A function that examines tensors, those with the same values only once. It does not wait for the engine. */
export function seenBy(): (tensor: tf.Tensor) => SeenTensor {
  const known = new WeakMap<object, Statistics | Promise<Statistics>>();
  return (tensor) => {
    const statistics = known.get(tensor.dataId) ?? statisticsOf(tensor);
    known.set(tensor.dataId, statistics);
    return { shape: tensor.shape, statistics };
  };
}

function statisticsOf(tensor: tf.Tensor): Statistics | Promise<Statistics> {
  if (readsAtOnce()) return summarize(tensor.dataSync());
  const kept = tf.keep(withoutGradient(() => tensor.clone()));
  return kept
    .data()
    .then(summarize)
    .finally(() => kept.dispose());
}

function summarize(values: ArrayLike<number>): Statistics {
  const size = values.length;
  let [nonFinite, min, max, sum] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  let first: number | undefined;
  for (let i = 0; i < size; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      nonFinite++;
      first ??= value;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const isEmpty = nonFinite === size;
  return {
    size,
    nonFinite,
    first,
    min: isEmpty ? Number.NaN : min,
    max: isEmpty ? Number.NaN : max,
    mean: sum / (size - nonFinite),
  };
}

/** Statistics in words: the shape, the number of values that are not finite, and the range of the others. */
export function describeStatistics({
  shape,
  size,
  nonFinite,
  first,
  min,
  max,
  mean,
}: Statistics & { shape: number[] }): string {
  const short = (value: number) => Number(value.toPrecision(3));
  const parts = [`shape [${shape}]`];
  if (nonFinite > 0) parts.push(`${nonFinite} of ${size} values are not finite, the first is ${first}`);
  if (nonFinite < size) {
    parts.push(
      `${nonFinite > 0 ? 'the others are ' : ''}from ${short(min)} to ${short(max)} with a mean of ${short(mean)}`,
    );
  }
  return parts.join(', ');
}
