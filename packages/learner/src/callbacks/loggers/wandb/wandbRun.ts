import type * as Crypto from 'node:crypto';
import type * as Os from 'node:os';
import { type Figure, nodePackage, writeFileWhole } from '@fastts/core';
import { LearnerError } from '../../../errors.js';
import { fileTime } from '../records/fileTime.js';
import { pngSize } from '../records/pngSize.js';
import { bytesField, intField, message } from '../records/protobuf.js';
import { TransactionLog } from './transactionLog.js';

/** Settings of {@link WandbRun.init}. */
export interface WandbRunOptions {
  /** The project that the run belongs to (default W&B's own, `uncategorized`). */
  project?: string;
  /** The user or team that the project belongs to (default that of who uploads). */
  entity?: string;
  /** The run's name (default one that W&B makes up). */
  name?: string;
  /** Remarks on it. */
  notes?: string;
  /** Words to find it by. */
  tags?: readonly string[];
  /** The settings that it was made with. */
  config?: Readonly<Record<string, unknown>>;
  /** The folder in which `wandb/offline-run-…` is made (default the working folder). */
  dir?: string;
}

/** The kinds of records, by the field that has their content. */
const RECORD = { history: 2, summary: 3, config: 5, files: 6, run: 17, exit: 18, header: 21 };
/** The oldest version of W&B's reader that knows these records. */
const MIN_CONSUMER = '0.70.0';

/**
 * A run of Weights & Biases that is written to disk, as W&B's Python library writes one in offline mode:
 * `wandb sync wandb/offline-run-…` uploads it.
 *
 * It needs neither account nor network while it runs. W&B's own package for TypeScript, `@wandb/sdk` 0.5, asks its
 * server for the account also where it is told to work offline, and logs no pictures.
 *
 * Source: wandb `proto/wandb_internal.proto`.
 *
 * @example
 * const run = await WandbRun.init({ project: 'pets', config: { size: 224 } });
 * await learn.fitOneCycle(5, 3e-3, { cbs: new WandbCallback(run) });
 * await run.finish();
 */
export class WandbRun {
  private records = 0;
  private row: Record<string, unknown> = {};
  private rowStep = 0;
  private finished = false;

  private constructor(
    /** The run's identifier: eight letters and digits. */
    readonly id: string,
    /** The run's folder. */
    readonly dir: string,
    private readonly transactions: TransactionLog,
    private readonly began: Date,
  ) {}

  /** Begins a run. */
  static async init(options: WandbRunOptions = {}): Promise<WandbRun> {
    const { randomInt } = nodePackage<typeof Crypto>('node:crypto');
    const id = Array.from({ length: 8 }, () => randomInt(36).toString(36)).join('');
    const began = new Date();
    const dir = `${options.dir ?? '.'}/wandb/offline-run-${fileTime(began)}-${id}`;
    const run = new WandbRun(id, dir, await TransactionLog.open(`${dir}/run-${id}.wandb`), began);
    run.add('header', bytesField(1, message(bytesField(1, 'fastts'), bytesField(2, MIN_CONSUMER))));
    run.add('run', describeRun(id, options, began));
    await run.flush();
    return run;
  }

  /** The step of the row that is being filled. */
  get step(): number {
    return this.rowStep;
  }

  /** Adds settings that the run is made with. */
  updateConfig(config: Readonly<Record<string, unknown>>): void {
    this.add('config', message(...items(config)));
  }

  /**
   * Adds values to the row of `step`, which is complete once there is a later one.
   *
   * @param values numbers, or whatever JSON can hold
   * @param step default that of the row after the last
   * @throws LearnerError when the run is finished, or there is a later row already
   */
  log(values: Readonly<Record<string, unknown>>, step?: number): void {
    if (this.finished) throw new LearnerError('The W&B run is finished: begin another with WandbRun.init.');
    if (step !== undefined && step < this.rowStep) {
      throw new LearnerError(`The W&B run is at step ${this.rowStep} already: step ${step} is complete.`);
    }
    if (step !== undefined && step > this.rowStep) this.commit(step);
    Object.assign(this.row, values);
    if (step === undefined) this.commit(this.rowStep + 1);
  }

  /** Adds a picture to the row of `step`. */
  async logFigure(key: string, figure: Figure, step: number, caption?: string): Promise<void> {
    const png = await figure.png();
    const sha256 = nodePackage<typeof Crypto>('node:crypto').createHash('sha256').update(png).digest('hex');
    const path = `media/images/${key}_${step}_${sha256.slice(0, 20)}.png`;
    await writeFileWhole(`${this.dir}/files/${path}`, png);
    this.add('files', bytesField(1, bytesField(1, path)));
    const about = {
      path,
      sha256,
      size: png.length,
      format: 'png',
      ...pngSize(png),
      ...(caption && { caption }),
    };
    this.log({ [key]: { _type: 'image-file', ...about } }, step);
  }

  /** Writes all rows that are complete. */
  async flush(): Promise<void> {
    await this.transactions.flush();
  }

  /** Completes the run. */
  async finish(): Promise<void> {
    if (this.finished) return;
    this.commit(this.rowStep + 1);
    this.add('exit', intField(2, Math.floor((Date.now() - this.began.getTime()) / 1000)));
    this.finished = true;
    await this.flush();
  }

  private commit(nextStep: number): void {
    if (Object.keys(this.row).length > 0) {
      const now = Date.now();
      const values = {
        ...this.row,
        _timestamp: now / 1000,
        _runtime: (now - this.began.getTime()) / 1000,
        _step: this.rowStep,
      };
      this.add('history', message(...items(values), bytesField(2, intField(1, this.rowStep))));
      this.add('summary', message(...items(values)));
    }
    this.row = {};
    this.rowStep = nextStep;
  }

  private add(kind: keyof typeof RECORD, content: Uint8Array): void {
    this.transactions.add(message(intField(1, ++this.records), bytesField(RECORD[kind], content)));
  }
}

function describeRun(id: string, options: WandbRunOptions, began: Date): Uint8Array {
  const { entity, project, name, notes, tags = [], config = {} } = options;
  const text = (field: number, value?: string) => (value ? bytesField(field, value) : message());
  const millis = began.getTime();
  return message(
    bytesField(1, id),
    text(2, entity),
    text(3, project),
    bytesField(4, message(...items({ _wandb: {}, ...config }))),
    text(8, name),
    text(9, notes),
    ...tags.map((tag) => bytesField(10, tag)),
    bytesField(13, nodePackage<typeof Os>('node:os').hostname()),
    bytesField(17, message(intField(1, Math.floor(millis / 1000)), intField(2, (millis % 1000) * 1e6))),
  );
}

/** Names with values as JSON, in which W&B has numbers that JSON lacks too, such as `NaN`. */
function items(values: Readonly<Record<string, unknown>>): Uint8Array[] {
  return Object.entries(values).map(([key, value]) => {
    const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'null');
    return bytesField(1, message(bytesField(1, key), bytesField(16, json)));
  });
}
