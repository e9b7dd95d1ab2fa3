import type * as tf from '@tensorflow/tfjs-core';
import { brentMinimum } from './brentMinimum.js';

/** Settings of {@link optimMetric}. */
export interface OptimMetricOptions {
  /** Absolute tolerance of the argument (default 0.01). */
  tol?: number;
  /** Whether higher is better (default true). */
  doNeg?: boolean;
}

/** A metric with an argument to optimize, such as `accuracyMulti` or `(p, t, o) => new F1ScoreMulti(o).compute(p, t)`. */
export type TunableMetric<K extends string> = (
  preds: tf.Tensor,
  targs: tf.Tensor,
  options: Record<K, number>,
) => tf.Tensor | number | Promise<number>;

/**
 * Optimizes a metric over one of its arguments, such as the probability threshold for labels, and returns the best value
 * and the argument.
 *
 * Source: fastai `metrics.py`, `optim_metric`; it returns what that returns with `get_x=True`.
 *
 * @param bounds The range of the argument to search; the optimum may be a local one.
 * @example
 * const [preds, targs] = await learn.getPreds();
 * const best = optimMetric((p, t, o) => accuracyMulti(p, t, { ...o, sigmoid: false }), 'thresh', [0.1, 0.9]);
 * const [accuracy, thresh] = await best(preds, targs);
 */
export function optimMetric<K extends string>(
  metric: TunableMetric<K>,
  argname: K,
  bounds: readonly [number, number],
  { tol = 0.01, doNeg = true }: OptimMetricOptions = {},
): (preds: tf.Tensor, targs: tf.Tensor) => Promise<[value: number, argument: number]> {
  const sign = doNeg ? -1 : 1;
  return async (preds, targs) => {
    const at = async (x: number) => {
      const found = await metric(preds, targs, { [argname]: x } as Record<K, number>);
      return sign * (await numberOf(found));
    };
    const { x, value } = await brentMinimum(at, bounds, tol);
    return [sign * value, x];
  };
}

async function numberOf(value: tf.Tensor | number): Promise<number> {
  if (typeof value === 'number') return value;
  const [number] = await value.data();
  value.dispose();
  return number!;
}
