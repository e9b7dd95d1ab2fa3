import { QueueFullError } from '../errors.js';

/** Queues a learner's predictions, so that a server can handle concurrent requests. */
export class PredictionQueue {
  /** Maximum number of queued predictions (default 100). */
  limit = 100;

  private last: Promise<unknown> = Promise.resolve();
  private pending = 0;

  /**
   * Runs `work` after all earlier work has ended, whether it succeeded or failed.
   *
   * @throws QueueFullError when the queue is full.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.pending > this.limit) {
      throw new QueueFullError(
        `${this.limit} predictions are queued already: call again later, or increase the learner's predictionQueue.limit.`,
      );
    }
    this.pending++;
    const before = this.last;
    const result = before.then(work).finally(() => this.pending--);
    this.last = result.catch(() => {});
    return result;
  }
}
