import { appendWhole, writeFileWhole } from '@fastts/core';
import { csvLine, type Rows, readCsv } from '@fastts/data';
import fs from 'fs-extra';
import { inFolder } from '../../files/modelFile.js';
import { Callback } from '../../loop/callback.js';

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
    const text = this.append ? await textOf(path) : Buffer.alloc(0);
    this.start = text.length;
    this.written = '';
    if (text.length === 0) {
      this.written = csvLine(this.learn.recorder.metricNames);
      await writeFileWhole(path, this.written);
    } else if (text.at(-1) !== NEWLINE) {
      // The machine stopped in the middle of a line.
      await appendWhole(path, '\n');
      this.start++;
    }
  }

  override async afterEpoch(): Promise<void> {
    const line = csvLine(this.learn.recorder.log);
    this.written += line;
    await appendWhole(this.path, line, { flush: true });
  }

  override stateDict(): CSVLoggerState {
    return { start: this.start, written: this.written };
  }

  /** Replaces what an interrupted fit wrote by its rows up to the state. */
  override async loadStateDict({ start, written }: CSVLoggerState): Promise<void> {
    const before = (await textOf(this.path)).subarray(0, start);
    this.start = before.length;
    this.written = written;
    await writeFileWhole(this.path, Buffer.concat([before, Buffer.from(written)]));
  }
}

interface CSVLoggerState {
  start: number;
  written: string;
}

const NEWLINE = 10;

/** The bytes of a file; none if it does not exist. */
async function textOf(path: string): Promise<Buffer> {
  return (await fs.pathExists(path)) ? fs.readFile(path) : Buffer.alloc(0);
}
