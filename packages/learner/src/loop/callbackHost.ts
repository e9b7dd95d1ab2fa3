import { nameOf, toList } from '@fastts/core';
import { CallbackError } from '../errors.js';
import type { Callback, CallbackClass, CallbackFor, Callbacks, CallbacksFor } from './callback.js';
import { inRunningOrder } from './callbackOrder.js';
import type { Cancel } from './cancel.js';
import { type AsyncEventName, batchEvents, type EventName, type SyncEventName } from './events.js';

/** The parts of the loop, between a before and an after event, that a callback may cancel with a specific exception. */
export type LoopPart = 'Fit' | 'Epoch' | 'Train' | 'Validate' | 'Batch' | 'Step';

/** Holds callbacks and fires their events. */
export abstract class CallbackHost<X, Y> {
  /** The callbacks, in the order in which they were added. */
  readonly cbs: Callback[] = [];
  /** Whether it is training rather than validating. */
  training = false;
  /** Whether a fit is running, rather than a separate validation or prediction. */
  fitting = false;

  private ordered: readonly Callback[] | null = null;

  /**
   * Adds callbacks permanently.
   *
   * @throws CallbackError for anything else, such as a class of callbacks.
   */
  addCbs(callbacks: CallbacksFor<X, Y>): this {
    for (const callback of toList(callbacks)) {
      checkIsCallback(callback);
      this.attach(callback);
      this.cbs.push(callback);
    }
    this.ordered = null;
    return this;
  }

  /** Removes callbacks, or all instances of a class. */
  removeCbs(callbacks: Callbacks | CallbackClass): this {
    const gone =
      typeof callbacks === 'function' ? this.cbs.filter((cb) => cb instanceof callbacks) : toList(callbacks);
    for (const callback of gone) {
      const place = this.cbs.indexOf(callback);
      if (place >= 0) this.cbs.splice(place, 1);
    }
    this.ordered = null;
    return this;
  }

  /** The first callback of a class, if there is one. */
  cb<C extends Callback>(kind: CallbackClass<C>): C | undefined {
    return this.cbs.find((callback): callback is C => callback instanceof kind);
  }

  /** Runs `work` with additional temporary callbacks. */
  async addedCbs<T>(callbacks: CallbacksFor<X, Y>, work: () => Promise<T>): Promise<T> {
    this.addCbs(callbacks);
    try {
      return await work();
    } finally {
      this.removeCbs(callbacks);
    }
  }

  /** Runs `work` without some of the callbacks, or without all instances of a class. */
  async removedCbs<T>(callbacks: Callbacks | CallbackClass, work: () => Promise<T>): Promise<T> {
    const before = [...this.cbs];
    this.removeCbs(callbacks);
    const gone = before.filter((callback) => !this.cbs.includes(callback));
    try {
      return await work();
    } finally {
      this.addCbs(gone);
    }
  }

  /** The callbacks that handle an event, in the order in which they run. */
  orderedCbs(event: EventName): Callback[] {
    this.ordered ??= inRunningOrder(this.cbs);
    return this.ordered.filter((callback) => callback[event] !== undefined);
  }

  /** Runs the callbacks' handlers of an event. */
  async fire(event: AsyncEventName): Promise<void> {
    try {
      for (const callback of this.orderedCbs(event)) {
        if (this.takesPart(callback, event)) await callback[event]!();
      }
    } finally {
      if (event === 'afterFit') for (const callback of this.cbs) callback.run = true;
    }
  }

  /**
   * Runs the callbacks' handlers of an event that must be synchronous.
   *
   * @throws CallbackError when a callback returns a promise.
   */
  fireSync(event: SyncEventName): void {
    for (const callback of this.orderedCbs(event)) {
      const result: unknown = this.takesPart(callback, event) && callback[event]!();
      if (result instanceof Promise) {
        // An unhandled rejection would end the process.
        result.catch(() => {});
        throw new CallbackError(
          `${event} of ${nameOf(callback)} returns a promise, but this event must be synchronous: move asynchronous work to afterBatch.`,
        );
      }
    }
  }

  /** A part of the loop, between its events, which its exception may cancel. */
  protected async withEvents(
    part: LoopPart,
    Canceled: CancelClass,
    work: () => void | Promise<void>,
  ): Promise<void> {
    try {
      await this.fire(`before${part}`);
      await work();
    } catch (error) {
      if (!(error instanceof Canceled)) throw error;
      await this.fire(`afterCancel${part}`);
    }
    await this.fire(`after${part}`);
  }

  /** Sets a callback's learner. */
  protected abstract attach(callback: CallbackFor<X, Y>): void;

  private takesPart(callback: Callback, event: EventName): boolean {
    if (!callback.run || (callback.fitOnly && !this.fitting)) return false;
    return !batchEvents.has(event) || (this.training ? callback.runTrain : callback.runValid);
  }
}

function checkIsCallback(given: unknown): void {
  if (typeof given === 'object' && given !== null && 'attachTo' in given) return;
  const name = typeof given === 'function' ? given.name : undefined;
  throw new CallbackError(
    `A callback must be an object of a class derived from Callback, got ${name ? `${name}: pass new ${name}()` : given === null ? 'null' : typeof given}.`,
  );
}

type CancelClass = new () => Cancel;
