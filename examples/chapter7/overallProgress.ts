import { log, type ProgressBar, progressBar } from 'fastts';

/** A part of a run, and its expected seconds. */
export interface Part {
  title: string;
  seconds: number;
}

/** The time between two updates: a second, and more in runs of hours, so that a log stays readable. */
const INTERVAL = { least: 1, share: 1 / 300 };

/** Shows which part of a run is being done, the time since its start, and the expected time, corrected by the time that earlier parts took. */
export class OverallProgress {
  private readonly started = performance.now();
  private done = 0;
  private bar: ProgressBar | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: readonly Part[]) {}

  /** Begins the next part. */
  next(): void {
    this.stop();
    const { title } = this.parts[this.done]!;
    const label = `section ${this.done + 1} of ${this.parts.length}`;
    const expected = this.expected();
    log(`\n# ${title} (${label}, ${duration(this.elapsed)} of about ${duration(expected)})`);
    const isLong = expected >= 600;
    const total = Math.max(1, Math.round(isLong ? expected / 60 : expected));
    const bar = progressBar({ total, label, unit: isLong ? 'minutes' : 'seconds' });
    const update = () => bar.update(Math.min(total, Math.floor(isLong ? this.elapsed / 60 : this.elapsed)));
    update();
    this.bar = bar;
    this.timer = setInterval(update, 1000 * Math.max(INTERVAL.least, expected * INTERVAL.share)).unref();
    this.done++;
  }

  /** Removes the bar. */
  stop(): void {
    clearInterval(this.timer);
    this.bar?.stop();
    this.bar = null;
  }

  /** Seconds since the start. */
  get elapsed(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Seconds from the start to the end, if the remaining parts differ from what was expected as much as those that are done. */
  private expected(): number {
    const seconds = (parts: readonly Part[]) => parts.reduce((all, part) => all + part.seconds, 0);
    const pace = this.done === 0 ? 1 : this.elapsed / seconds(this.parts.slice(0, this.done));
    return this.elapsed + pace * seconds(this.parts.slice(this.done));
  }
}

/** A duration as `52 s`, `4:05 min` or `2:30 h`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const of = (n: number, unit: string) => `${Math.floor(n / 60)}:${String(n % 60).padStart(2, '0')} ${unit}`;
  if (whole < 60) return `${whole} s`;
  return whole < 3600 ? of(whole, 'min') : of(Math.round(whole / 60), 'h');
}
