import { type Rows, readCsv } from '@fastts/data';
import fs from 'fs-extra';
import { inFolder } from '../../files/modelFile.js';
import { Callback } from '../../loop/callback.js';
import type { Cell } from './epochTable.js';

/** Options of {@link CSVLogger}. */
export interface CSVLoggerOptions {
  /** The file, in the learner's `path` unless it is an absolute path (default `history.csv`). */
  fname?: string;
  /** Whether to append to the file, rather than overwrite it (default false). */
  append?: boolean;
}

/**
 * Writes the epoch table to a CSV file, row by row, so that nothing is lost when a long training is interrupted.
 *
 * Column names are written once, to a new or emptied file. Missing values are left empty.
 *
 * Source: fastai `callback/progress.py`, `CSVLogger`.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new CSVLogger() });
 */
export class CSVLogger extends Callback {
  static override readonly name: string = 'CSVLogger';
  override order = 60;
  override fitOnly = true;
  private readonly fname: string;
  private readonly append: boolean;
  /** The length of the file before this fit's rows, in bytes. */
  private start = 0;
  /** This fit's rows, with the header if the fit wrote it. */
  private written = '';

  constructor({ fname = 'history.csv', append = false }: CSVLoggerOptions = {}) {
    super();
    this.fname = fname;
    this.append = append;
  }

  /** The file's path. */
  get path(): string {
    return inFolder(this.learn.path, this.fname);
  }

  /** The file's contents: one row per epoch, keyed by column name. */
  readLog(): Promise<Rows> {
    return readCsv(this.path);
  }

  override async beforeFit(): Promise<void> {
    const { path } = this;
    this.start = this.append ? await sizeOf(path) : 0;
    this.written = this.start > 0 ? '' : toLine(this.learn.recorder.metricNames);
    if (this.written) await fs.outputFile(path, this.written);
  }

  override async afterEpoch(): Promise<void> {
    const line = toLine(this.learn.recorder.log);
    this.written += line;
    await fs.appendFile(this.path, line, { flush: true });
  }

  override stateDict(): CSVLoggerState {
    return { start: this.start, written: this.written };
  }

  /** Replaces what an interrupted fit wrote by its rows up to the state. */
  override async loadStateDict({ start, written }: CSVLoggerState): Promise<void> {
    this.start = Math.min(start, await sizeOf(this.path));
    this.written = written;
    await fs.truncate(this.path, this.start);
    await fs.appendFile(this.path, written, { flush: true });
  }
}

interface CSVLoggerState {
  start: number;
  written: string;
}

/** The size of a file in bytes; 0 if it does not exist. */
async function sizeOf(path: string): Promise<number> {
  return (await fs.pathExists(path)) ? (await fs.stat(path)).size : 0;
}

function toLine(cells: readonly Cell[]): string {
  return `${cells.map(toField).join(',')}\n`;
}

function toField(cell: Cell): string {
  const text = String(cell ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
