import cliProgress from 'cli-progress';
import { NotebookSink, notebookDisplays } from './notebookSink.js';
import { amount } from './progressAmount.js';

/** What a progress bar counts. */
export interface ProgressOptions {
  /** How many units make it complete. */
  total: number;
  /** The activity, such as `'Downloading'`. */
  label?: string;
  /** The unit counted, such as `'batches'` (default none); `'bytes'` are shown as MB. */
  unit?: string;
}

/** A progress bar in use. */
export interface ProgressBar {
  /** Sets the number of units done, and a `note` shown beside it, such as a loss. */
  update(done: number, note?: string): void;
  /** Removes the bar. */
  stop(): void;
}

/** A row of a table. */
export interface ProgressRow {
  cells: readonly string[];
  /** Whether this is the head of a table, with the names of its columns. */
  isHead: boolean;
  /** The row as a line of text, with columns aligned from row to row. */
  line: string;
}

/** The output for lines, table rows and progress bars. */
export interface ProgressSink {
  line(text: string): void;
  bar(options: ProgressOptions): ProgressBar;
  /** Writes a row of a table (default: its line). */
  row?(row: ProgressRow): void;
}

/** Writes one line to the standard error stream (in a page: the console), above any bars. */
export function log(line: string): void {
  if (!quiet) sink().line(line);
}

/** Writes a row of a table: in a notebook into the current table, elsewhere as a line. */
export function logRow(row: ProgressRow): void {
  if (quiet) return;
  const to = sink();
  if (to.row) to.row(row);
  else to.line(row.line);
}

/**
 * Shows progress: a bar on a terminal and in a notebook (tslab), elsewhere a line every ten seconds.
 *
 * @example
 * const bar = progressBar({ total: files.length, label: 'Reading', unit: 'files' });
 * files.forEach((file, i) => { read(file); bar.update(i + 1); });
 * bar.stop();
 */
export function progressBar(options: ProgressOptions): ProgressBar {
  return quiet ? noBar : sink().bar(options);
}

/** Turns off all output: lines and bars (default on). */
export function setQuiet(value: boolean): void {
  quiet = value;
}

/**
 * Redirects lines, rows and bars; `null` restores the default.
 *
 * @returns The previous sink, to be restored afterwards.
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
  defaultSink ??= chooseSink();
  return defaultSink;
}

function chooseSink(): ProgressSink {
  const displays = notebookDisplays();
  if (displays) return new NotebookSink(displays);
  const isTerminal = typeof process !== 'undefined' && Boolean(process.stderr?.isTTY);
  return isTerminal ? new TerminalSink() : new PlainSink();
}

/** Bars drawn by cli-progress, which disappear when stopped. */
class TerminalSink implements ProgressSink {
  private bars: cliProgress.MultiBar | null = null;
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
    const payload = (done: number, note: string) => ({ label, note, count: amount(done, total, unit) });
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

  private start(): cliProgress.MultiBar {
    return new cliProgress.MultiBar(
      {
        stream: process.stderr,
        format: '{label} {bar} {percentage}% {count} {duration_formatted} < {eta_formatted} {note}',
        clearOnComplete: true,
        // A signal can end the process at any time, which must leave the terminal as it was.
        hideCursor: false,
        linewrap: true,
        barsize: 24,
        etaBuffer: 50,
      },
      cliProgress.Presets.shades_classic,
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
        this.line([label, percentage, amount(done, total, unit), note].filter(Boolean).join(' '));
      },
      stop() {},
    };
  }
}
