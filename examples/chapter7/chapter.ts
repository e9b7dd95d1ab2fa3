import { readdirSync } from 'node:fs';
import path from 'node:path';
import {
  CheckpointCallback,
  type DataLoaders,
  type Figure,
  type FitOptions,
  log,
  type XResNet,
} from 'fastts';
import { existsSync } from 'fs-extra';
import { type Data, getDls } from './data.js';
import { FitClock } from './fitClock.js';
import type { Options } from './options.js';
import type { Plan, Resizing } from './plan.js';

/** The folder of saved figures and checkpoints, relative to the working directory. */
export const output = path.join('out', 'chapter7');

/** What a section of the chapter works with. */
export interface Chapter {
  arch: (options: { nOut: number }) => XResNet;
  bs: number;
  /** Height and width of the pictures, in pixels. */
  size: number;
  epochs: number;
  resizing: Resizing;
  growingEpochs: number;
  full: boolean;
  /** The chapter's `get_dls`, with or without normalization. */
  getDls(bs: number, size: number, options?: { normalize?: boolean }): Promise<DataLoaders>;
  /**
   * Options for the section's fits: they measure their time, and with `--full` or `--resume` save checkpoints and continue from them.
   *
   * @param fit The fit's name, if the section has several.
   */
  fitOptions(fit?: string): FitOptions;
  /** Saves a figure and logs its path. */
  save(figure: Figure, name: string): Promise<void>;
  /** Measures the section's fits. */
  clock: FitClock;
}

/** The setup of one section. */
export function openSection(
  section: string,
  options: Options,
  data: Data,
  plan: Plan,
  seed: number,
): Chapter {
  const { arch, bs, full, resume } = options;
  const { size, epochs, resizing, growingEpochs, train, valid } = plan;
  const clock = new FitClock();
  return {
    ...{ arch, bs, size, epochs, resizing, growingEpochs, full, clock },
    getDls: (bs, size, { normalize } = {}) => getDls(data, { train, valid, size, bs, seed, normalize, full }),
    fitOptions(fit = '') {
      if (!full && !resume) return { cbs: clock };
      const dir = path.join(checkpointFolder(section, options, data, plan, seed), fit);
      return { cbs: [clock, new CheckpointCallback(dir)], ...(resume && { resume: dir }) };
    },
    save: saveFigure,
  };
}

/** Saves a figure in `out/chapter7`, and logs its path. */
export async function saveFigure(figure: Figure, name: string): Promise<void> {
  log(`saved ${await figure.save(path.join(output, name))}`);
}

/**
 * Checks, before anything is trained, that a run without `--resume` does not meet the checkpoints of an earlier one.
 *
 * @throws Error naming the folder.
 */
export function checkCheckpoints(options: Options, data: Data, plan: Plan): void {
  if (!options.full || options.resume) return;
  for (const seed of options.seeds) {
    for (const section of options.only) {
      const dir = checkpointFolder(section, options, data, plan, seed);
      if (!existsSync(dir) || readdirSync(dir).length === 0) continue;
      throw new Error(
        `${dir} has checkpoints of an earlier run: add --resume to continue it, or remove the folder.`,
      );
    }
  }
}

function checkpointFolder(
  section: string,
  { archName, bs }: Options,
  { name }: Data,
  { size, epochs, pct }: Plan,
  seed: number,
): string {
  const source = path.basename(name).replace(/[^\w.-]/g, '_');
  const run = [
    source,
    `${Number(pct.toPrecision(4))}pct`,
    archName,
    `${size}px`,
    `bs${bs}`,
    `${epochs}epochs`,
    `seed${seed}`,
  ];
  return path.join(output, 'checkpoints', run.join('-'), section);
}
