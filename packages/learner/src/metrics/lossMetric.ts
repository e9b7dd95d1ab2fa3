import type * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import { ItemAverage } from './avgMetric.js';

/**
 * The average over all items of something that the loss keeps as a property at each batch, such as one of its parts: a
 * number, or a scalar that the loss keeps and disposes of.
 *
 * Source: fastai `metrics.py`, `LossMetric`.
 *
 * @example
 * const learn = new Learner(dls, model, { lossFunc: new ContentAndStyle(), metrics: lossMetrics(['content', 'style']) });
 */
export class LossMetric extends ItemAverage {
  override readonly name: string;

  /**
   * @param attr the property of the learner's `lossFunc`; where it has none the metric is 0
   * @param name what the table calls it (default the property's name)
   */
  constructor(
    private readonly attr: string,
    name = attr,
  ) {
    super();
    this.name = name;
  }

  protected override ofBatch({ lossFunc }: AnyLearner): tf.Tensor | number {
    return (lossFunc as unknown as Record<string, tf.Tensor | number | undefined>)[this.attr] ?? 0;
  }
}

/**
 * A `LossMetric` for each of several properties of the loss.
 *
 * Source: fastai `metrics.py`, `LossMetrics`.
 *
 * @param names what the table calls them (default the properties' names)
 */
export function lossMetrics(attrs: readonly string[], names: readonly string[] = attrs): LossMetric[] {
  return attrs.map((attr, i) => new LossMetric(attr, names[i]));
}
