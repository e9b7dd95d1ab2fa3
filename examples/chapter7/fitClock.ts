import { Callback } from 'fastts';

/**
 * Measures how long fits take, over all of a section's fits. A fit that was stopped and resumed counts as if it had not been: its
 * checkpoints hold the time up to them, which the callback's state continues.
 */
export class FitClock extends Callback {
  static override readonly name = 'FitClock';
  override fitOnly = true;
  private before = 0;
  private started: number | null = null;

  get seconds(): number {
    return this.before + (this.started === null ? 0 : (performance.now() - this.started) / 1000);
  }

  override beforeFit(): void {
    this.started = performance.now();
  }

  override cleanUp(): void {
    this.before = this.seconds;
    this.started = null;
  }

  override stateDict(): { seconds: number } {
    return { seconds: this.seconds };
  }

  override loadStateDict({ seconds }: { seconds: number }): void {
    this.before = seconds;
    this.started = performance.now();
  }
}
