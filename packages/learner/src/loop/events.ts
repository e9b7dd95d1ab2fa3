/**
 * The events of the training loop, in the order in which they fire.
 *
 * Source: fastai `callback/core.py`.
 */
export const events = [
  'afterCreate',
  'beforeFit',
  'beforeEpoch',
  'beforeTrain',
  'beforeBatch',
  'afterPred',
  'afterLoss',
  'beforeBackward',
  'afterCancelBackward',
  'afterBackward',
  'beforeStep',
  'afterCancelStep',
  'afterStep',
  'afterCancelBatch',
  'afterBatch',
  'afterCancelTrain',
  'afterTrain',
  'beforeValidate',
  'afterCancelValidate',
  'afterValidate',
  'afterCancelEpoch',
  'afterEpoch',
  'afterCancelFit',
  'afterFit',
] as const;

/** The name of a training loop event. */
export type EventName = (typeof events)[number];

/**
 * The events at which a callback must not be asynchronous: `afterCreate` fires in the constructor, the others
 * while TensorFlow.js records operations for the gradient, which must be synchronous.
 */
export type SyncEventName = 'afterCreate' | 'afterPred' | 'afterLoss' | 'beforeBackward';

/** The events at which a callback may return a promise, which the loop awaits. */
export type AsyncEventName = Exclude<EventName, SyncEventName>;

const first = events.indexOf('beforeBatch');
const last = events.indexOf('afterBatch');

/** The events that fire for each batch; a callback's `runTrain` and `runValid` apply to these. */
export const batchEvents: ReadonlySet<EventName> = new Set(events.slice(first, last + 1));
