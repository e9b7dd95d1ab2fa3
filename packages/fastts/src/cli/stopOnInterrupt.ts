import { Callback, CancelFit, log } from '../index.js';

/** npm passes an interrupt on that the terminal has sent to all: within this time it is the same one. */
const SAME_INTERRUPT_MS = 1000;

/**
 * Ends training after the batch at hand when the user presses Ctrl-C, so that what is learnt so far can be kept; at the
 * next time the process ends.
 */
export class StopOnInterrupt extends Callback {
  override order = 90; // after all that records the batch
  override fitOnly = true;
  private pressed: number | null = null;
  private readonly press = () => {
    if (this.pressed === null) {
      this.pressed = performance.now();
      log('\nStopping after this batch; Ctrl-C again ends at once, and keeps nothing.');
    } else if (performance.now() - this.pressed > SAME_INTERRUPT_MS) process.exit(INTERRUPTED);
  };

  /** Whether Ctrl-C was pressed. */
  get stopped(): boolean {
    return this.pressed !== null;
  }

  /** Runs `training` with Ctrl-C being waited for. */
  async during(training: () => Promise<void>): Promise<void> {
    process.on('SIGINT', this.press);
    try {
      await training();
    } finally {
      process.off('SIGINT', this.press);
      if (this.stopped) process.exitCode = INTERRUPTED;
    }
  }

  override afterBatch(): void {
    if (this.stopped) throw new CancelFit();
  }
}

/** What a process ends with that Ctrl-C has ended: 128 and the signal's number. */
const INTERRUPTED = 130;
