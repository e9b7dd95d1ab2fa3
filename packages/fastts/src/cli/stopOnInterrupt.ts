import { Callback, CancelFit, log } from '../index.js';

/** npm forwards an interrupt that the terminal has already sent to every process: within this time it is the same one. */
const SAME_INTERRUPT_MS = 1000;

/**
 * Stops training after the current batch when the user presses Ctrl-C, so that the model so far can be saved; a second
 * Ctrl-C ends the process.
 */
export class StopOnInterrupt extends Callback {
  override order = 90; // after all callbacks that record the batch
  override fitOnly = true;
  private pressed: number | null = null;
  private readonly press = () => {
    if (this.pressed === null) {
      this.pressed = performance.now();
      log('\nStopping after this batch. Press Ctrl-C again to quit without saving.');
    } else if (performance.now() - this.pressed > SAME_INTERRUPT_MS) process.exit(INTERRUPTED);
  };

  /** Whether Ctrl-C was pressed. */
  get stopped(): boolean {
    return this.pressed !== null;
  }

  /** Runs `training` while listening for Ctrl-C. */
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

/** Exit code of a process ended by Ctrl-C: 128 plus the signal's number. */
const INTERRUPTED = 130;
