import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, log, writeFileWhole } from '../index.js';
import type { TrainOptions } from './train.js';

/** The folder of a training's checkpoints, which also has its options. */
export class TrainCheckpoints {
  readonly folder: string;
  private readonly file: string;
  private readonly own: Readonly<Record<string, unknown>>;

  /** @throws ArgumentError when an earlier training was interrupted, and is not to be resumed, or had other options. */
  constructor(outFolder: string, { resume, out: _, ...own }: TrainOptions) {
    this.folder = join(outFolder, 'checkpoints');
    this.file = join(this.folder, 'options.json');
    this.own = { ...own };
    const exists = existsSync(this.folder);
    if (resume && !exists) log(`${this.folder} does not exist: the training starts from the beginning.`);
    if (exists && !resume) {
      throw new ArgumentError(
        `${this.folder} has an interrupted training: add --resume to continue it, or remove the folder to start over.`,
      );
    }
    if (existsSync(this.file)) this.checkOptions(JSON.parse(readFileSync(this.file, 'utf8')));
  }

  /** Stores the options, before the training. */
  async begin(): Promise<void> {
    await writeFileWhole(this.file, JSON.stringify(this.own));
  }

  private checkOptions(earlier: Readonly<Record<string, unknown>>): void {
    const names = Object.keys({ ...this.own, ...earlier });
    const other = names.find((name) => earlier[name] !== this.own[name]);
    if (other === undefined) return;
    const shown = (value: unknown) => (value === undefined ? 'not set' : String(value));
    throw new ArgumentError(
      `The interrupted training had another --${other}, ${shown(earlier[other])} instead of ${shown(this.own[other])}: pass the same options, or remove ${this.folder} to start over.`,
    );
  }
}
