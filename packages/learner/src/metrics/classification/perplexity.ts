import { AvgLoss } from '../avgMetric.js';

/**
 * The exponential of the average loss: for cross entropy, among how many classes as good as alike the model wavers.
 *
 * Source: fastai `metrics.py`, `Perplexity`.
 */
export class Perplexity extends AvgLoss {
  override readonly name = 'perplexity';

  override async value(): Promise<number | null> {
    const loss = await super.value();
    return loss === null ? null : Math.exp(loss);
  }
}

/** A {@link Perplexity}, ready to be given as metric. */
export const perplexity = new Perplexity();
