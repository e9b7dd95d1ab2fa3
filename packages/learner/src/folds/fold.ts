import { node } from '@fastts/core';
import type { Folds, Splitter } from '@fastts/data';
import fs from 'fs-extra';
import { CheckpointCallback } from '../checkpoints/checkpointCallback.js';

/** One of the folds of a {@link crossValidate}. */
export interface Fold<Item = unknown> {
  /** The number of the fold, from 0. */
  readonly index: number;
  /** Number of folds. */
  readonly nSplits: number;
  /** The splitter for the fold's `DataBlock`: the fold's items are for validation, all others for training. */
  readonly splitter: Splitter<Item>;
  /**
   * Options for a method that fits, by which a run that is killed within the fold is resumed where it stopped: a
   * `CheckpointCallback`, and `resume`. The checkpoints are removed once the fold is done.
   *
   * @param fit A name for each fit, if there are several.
   * @example
   * fit: (learn, { checkpoints }) => learn.fitOneCycle(5, 3e-3, checkpoints()),
   */
  readonly checkpoints: (fit?: string) => { cbs: CheckpointCallback; resume: string };
}

/** A fold and its files. */
export class FoldFiles<Item> implements Fold<Item> {
  readonly splitter: Splitter<Item>;
  readonly nSplits: number;

  constructor(
    folds: Folds<Item>,
    readonly index: number,
    private readonly dir: string,
  ) {
    this.splitter = folds.fold(index);
    this.nSplits = folds.nSplits;
  }

  readonly checkpoints = (fit = 'fit') => {
    const resume = node.path.join(this.checkpointFolder, fit);
    return { cbs: new CheckpointCallback(resume), resume };
  };

  /** The file of the fold's trained learner. */
  get file(): string {
    return node.path.join(this.dir, `fold${this.index}.safetensors`);
  }

  /** The file of its predictions, which exists once the fold is done. */
  get predictionsFile(): string {
    return node.path.join(this.dir, `fold${this.index}.predictions.safetensors`);
  }

  /** As people count. */
  get title(): string {
    return `Fold ${this.index + 1} of ${this.nSplits}`;
  }

  isDone(): Promise<boolean> {
    return fs.pathExists(this.predictionsFile);
  }

  removeCheckpoints(): Promise<void> {
    return fs.remove(this.checkpointFolder);
  }

  private get checkpointFolder(): string {
    return node.path.join(this.dir, `fold${this.index}.checkpoints`);
  }
}
