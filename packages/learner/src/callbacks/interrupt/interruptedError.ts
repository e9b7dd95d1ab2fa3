import { CancelFit } from '../../loop/cancel.js';
import type { InterruptSignal } from './endBySignal.js';
import { interruptSignals } from './interruptSignals.js';

/**
 * Rejects a fit that a signal ended, after its events. It is a `CancelFit`, so that it also ends a fit that awaits the
 * interrupted one in a callback.
 */
export class InterruptedError extends CancelFit {
  static override readonly name: string = 'InterruptedError';

  constructor(readonly signal: InterruptSignal) {
    super();
    this.message = `${signal} ended the training before it was complete.`;
  }

  /** Ends the process as the signal does by default: its parent sees the signal, a shell the status 128 + its number. */
  endProcess(): never {
    return interruptSignals.end(this.signal);
  }
}
