import type * as CliProgress from 'cli-progress';
import { nodePackage } from './nodePackage.js';

/** What a progress bar counts. */
export interface ProgressOptions {
  /** How many units make it complete. */
  total: number;
  /** What is being done, such as `'Downloading'`. */
  label?: string;
  /** What is counted, such as `'batches'` (default nothing); `'bytes'` are written as MB. */
  unit?: string;
}

/** A bar that is being drawn. */
export interface ProgressBar {
  /** Says that `done` units of the total are done; `note` is written beside, such as a loss. */
  update(done: number, note?: string): void;
  /** Takes the bar away. */
  stop(): void;
}

/** Where lines and bars go. */
export interface ProgressSink {
  line(text: string): void;
  bar(options: ProgressOptions): ProgressBar;
}

/** Writes one line to the standard error stream (in a page: the console), above any bars. */
export function log(line: string): void {
  if (!quiet) sink().line(line);
}

/**
 * Shows how far something has come: a bar on a terminal, a plain line every ten seconds elsewhere.
 *
 * @example
 * const bar = progressBar({ total: files.length, label: 'Reading', unit: 'files' });
 * files.forEach((file, i) => { read(file); bar.update(i + 1); });
 * bar.stop();
 */
export function progressBar(options: ProgressOptions): ProgressBar {
  return quiet ? noBar : sink().bar(options);
}

/** Whether the library keeps silent: no lines, no bars (default false). */
export function setQuiet(value: boolean): void {
  quiet = value;
}

/**
 * Sends lines and bars elsewhere, such as into a notebook's cell; `null` for the default.
 *
 * @returns What was set before, to be set again afterwards.
 */
export function setProgressSink(sink: ProgressSink | null): ProgressSink | null {
  const before = chosenSink;
  chosenSink = sink;
  return before;
}

let quiet = false;
let chosenSink: ProgressSink | null = null;
let defaultSink: ProgressSink | null = null;

const noBar: ProgressBar = { update() {}, stop() {} };

function sink(): ProgressSink {
  if (chosenSink) return chosenSink;
  defaultSink ??= isTerminal() ? new TerminalSink() : new PlainSink();
  return defaultSink;
}

function isTerminal(): boolean {
  return typeof process !== 'undefined' && Boolean(process.stderr?.isTTY);
}

/** Bars by cli-progress, which disappear when they are stopped. */
class TerminalSink implements ProgressSink {
  private bars: CliProgress.MultiBar | null = null;
  private active = 0;

  line(text: string): void {
    if (!this.bars) process.stderr.write(`${text}\n`);
    else {
      this.bars.log(`${text}\n`);
      this.bars.update();
    }
  }

  bar({ total, label = '', unit = '' }: ProgressOptions): ProgressBar {
    this.bars ??= this.start();
    const bars = this.bars;
    const payload = (done: number, note: string) => ({ label, note, count: count(done, total, unit) });
    const bar = bars.create(total, 0, payload(0, ''));
    this.active++;
    let isActive = true;
    return {
      update: (done, note = '') => bar.update(done, payload(done, note)),
      stop: () => {
        if (!isActive) return;
        isActive = false;
        bar.stop();
        if (--this.active > 0) bars.remove(bar);
        else {
          bars.stop();
          this.bars = null;
        }
      },
    };
  }

  private start(): CliProgress.MultiBar {
    const { MultiBar, Presets } = nodePackage<typeof CliProgress>('cli-progress');
    return new MultiBar(
      {
        stream: process.stderr,
        format: '{label} {bar} {percentage}% {count} {duration_formatted} < {eta_formatted} {note}',
        clearOnComplete: true,
        hideCursor: true,
        barsize: 24,
        etaBuffer: 50,
      },
      Presets.shades_classic,
    );
  }
}

const LINE_INTERVAL_MS = 10_000;

/** Lines only, so that a log file of a long run stays readable. */
class PlainSink implements ProgressSink {
  line(text: string): void {
    if (typeof process !== 'undefined' && process.stderr) process.stderr.write(`${text}\n`);
    else console.info(text);
  }

  bar({ total, label = '', unit = '' }: ProgressOptions): ProgressBar {
    let lastLine = Date.now();
    return {
      update: (done, note = '') => {
        if (Date.now() - lastLine < LINE_INTERVAL_MS || done >= total) return;
        lastLine = Date.now();
        const percentage = `${Math.floor((100 * done) / total)}%`;
        this.line([label, percentage, count(done, total, unit), note].filter(Boolean).join(' '));
      },
      stop() {},
    };
  }
}

function count(done: number, total: number, unit: string): string {
  if (unit !== 'bytes') return `${done}/${total}${unit && ` ${unit}`}`;
  return `${(done / 1e6).toFixed(1)}/${(total / 1e6).toFixed(1)} MB`;
}
