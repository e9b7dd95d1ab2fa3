import path from 'node:path';
import { writeFileWhole } from 'fastts';
import { pathExists, readJson } from 'fs-extra';
import { output } from './chapter.js';
import type { Data } from './data.js';
import type { Options } from './options.js';
import type { Plan } from './plan.js';

/** What was chosen for a run that saves checkpoints: `--resume` needs the same, and not what the machine would get today. */
interface Choices {
  /** The options that it was chosen for. */
  key: string;
  size: number;
  epochs: number;
  pct: number;
}

const file = path.join(output, 'checkpoints', 'choices.json');

/** With `--resume`, completes the options by what was chosen in the run that is continued. */
export async function withEarlierChoices(options: Options, data: Data): Promise<Options> {
  if (!options.resume || !(await pathExists(file))) return options;
  const { key, size, epochs, pct }: Choices = await readJson(file);
  return key === keyOf(options, data) ? { ...options, size, epochs, pct } : options;
}

/** With `--resume`, saves the choices for the run that may continue this one. */
export async function saveChoices(options: Options, data: Data, { size, epochs, pct }: Plan): Promise<void> {
  if (!options.resume) return;
  const choices: Choices = { key: keyOf(options, data), size, epochs, pct };
  await writeFileWhole(file, `${JSON.stringify(choices, null, 2)}\n`);
}

function keyOf({ archName, bs, size, epochs, pct, full, seeds }: Options, { name }: Data): string {
  return JSON.stringify({ name, archName, bs, size, epochs, pct, full, seed: seeds[0] });
}
