import { AvgLoss } from '../avgMetric.js';

/**
 * The exponential of the average loss: for cross entropy, the effective number of classes between which the model is
 * undecided.
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

/** A {@link Perplexity}, to be passed as a metric. */
export const perplexity = new Perplexity();
