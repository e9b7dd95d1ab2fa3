import type { AsyncLocalStorage } from 'node:async_hooks';
import { isNode, node } from '@fastts/core';
import { BusyError, QueueFullError } from '../errors.js';

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
   * @throws BusyError within `work` itself, such as in a callback, which would wait for its own end.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const current = storage();
    if (current?.getStore()?.queue === this) {
      throw new BusyError(
        'A callback of a prediction cannot predict with the same learner: do it after the prediction.',
      );
    }
    if (this.pending > this.limit) {
      throw new QueueFullError(
        `${this.limit} predictions are queued already: call again later, or increase the learner's predictionQueue.limit.`,
      );
    }
    this.pending++;
    const running: Running = { queue: this };
    const marked = () => (current ? current.run(running, work) : work());
    const result = this.last.then(marked).finally(() => {
      running.queue = null;
      this.pending--;
    });
    this.last = result.catch(() => {});
    return result;
  }
}

/** The queue of a running prediction; `null` when it has ended, which what it has started can outlast. */
interface Running {
  queue: PredictionQueue | null;
}

let stored: AsyncLocalStorage<Running> | undefined;

/** Tells from within a prediction that it is running; a page cannot. */
function storage(): AsyncLocalStorage<Running> | undefined {
  if (isNode()) stored ??= new node.async_hooks.AsyncLocalStorage();
  return stored;
}
