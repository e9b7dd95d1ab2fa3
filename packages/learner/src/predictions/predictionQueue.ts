import { QueueFullError } from '../errors.js';

/** Lets the predictions of a learner wait for one another, so that a server's requests may come at once. */
export class PredictionQueue {
  /** Maximum number of predictions that wait (default 100). */
  limit = 100;

  private last: Promise<unknown> = Promise.resolve();
  private pending = 0;

  /**
   * Runs `work` when all work before it has ended, however it ended.
   *
   * @throws QueueFullError when too many wait already.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.pending > this.limit) {
      throw new QueueFullError(
        `${this.limit} predictions are waiting already: call again later, or set predictionQueue.limit of the learner.`,
      );
    }
    this.pending++;
    const before = this.last;
    const result = before.then(work).finally(() => this.pending--);
    this.last = result.catch(() => {});
    return result;
  }
}
