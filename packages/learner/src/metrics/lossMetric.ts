import type * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import { ItemAverage } from './avgMetric.js';

/**
 * The average over all items of a property that the loss sets for each batch, such as one of its terms: a number, or a
 * scalar tensor that the loss owns and disposes of.
 *
 * Source: fastai `metrics.py`, `LossMetric`.
 *
 * @example
 * const learn = new Learner(dls, model, { lossFunc: new ContentAndStyle(), metrics: lossMetrics(['content', 'style']) });
 */
export class LossMetric extends ItemAverage {
  override readonly name: string;
  override readonly comp = 'less';

  /**
   * @param attr A property of the learner's `lossFunc`; if it does not exist the metric is 0.
   * @param name Its name in the table (default: the property's name).
   */
  constructor(
    private readonly attr: string,
    name = attr,
  ) {
    super();
    this.name = name;
  }

  protected override ofBatch({ lossFunc }: AnyLearner): tf.Tensor | number {
    const value: tf.Tensor | number | undefined = Reflect.get(lossFunc, this.attr);
    return value ?? 0;
  }
}

/**
 * One `LossMetric` per property of the loss.
 *
 * Source: fastai `metrics.py`, `LossMetrics`.
 *
 * @param names Their names in the table (default: the properties' names).
 */
export function lossMetrics(attrs: readonly string[], names: readonly string[] = attrs): LossMetric[] {
  return attrs.map((attr, i) => new LossMetric(attr, names[i]));
}
