import type { AnyLearner } from '../learner.js';

/** A number that sums up how predictions compare with targets over a whole pass. */
export abstract class Metric {
  /** What the table calls it. */
  abstract readonly name: string;
  /** Forgets all batches. */
  abstract reset(): void;
  /** Takes the current batch into account. */
  abstract accumulate(learn: AnyLearner): void;
  /** The value over the batches since `reset`; `null` when there were none. */
  abstract value(): Promise<number | null>;
  /** Lets go of tensors that it has not read yet. */
  abstract dispose(): void;
}
