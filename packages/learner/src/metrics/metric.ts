import type { AnyLearner } from '../learner.js';

/** Which values of a metric are better: smaller or greater ones. */
export type Comparison = 'less' | 'greater';

/** A metric of predictions and targets over a whole pass. */
export abstract class Metric {
  /** Its name in the table. */
  abstract readonly name: string;
  /** Which values are better (default: smaller ones if its name contains `loss` or `error`, else greater ones). */
  readonly comp?: Comparison | undefined;
  /** Discards all batches. */
  abstract reset(): void;
  /** Adds the current batch. */
  abstract accumulate(learn: AnyLearner): void;
  /** The value over the batches since `reset`; `null` if there were none. */
  abstract value(): Promise<number | null>;
  /**
   * What it has accumulated, in the form of a callback's `stateDict`; tensors remain its own. Only needed for metrics of the training
   * set, in a fit that is resumed within an epoch.
   */
  stateDict?(): object | Promise<object>;
  /** Continues from a state that {@link stateDict} returned, whose tensors it takes. */
  loadStateDict?(state: object): void;
  /** Disposes of tensors that it has not read yet. */
  abstract dispose(): void;
}
