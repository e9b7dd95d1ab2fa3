/** A competition, step by step: diseases of cassava leaves. `npm run competition -- --help` lists the options. */
import path from 'node:path';
import { log, setSeed, writeFileWhole } from 'fastts';
import { balance } from './balance.js';
import { baseline } from './baseline.js';
import { type Competition, openCompetition } from './competition.js';
import { folds } from './folds.js';
import { look } from './look.js';
import { mixing } from './mixing.js';
import { noisyLabels } from './noisyLabels.js';
import { parseOptions } from './options.js';
import { quickLook } from './quickLook.js';
import type { Row } from './scores.js';
import { seeWhy } from './seeWhy.js';
import { sizes } from './sizes.js';
import { submission } from './submission.js';
import { printTable } from './table.js';
import { wrongLabels } from './wrongLabels.js';

/** A step, and how long it takes in trainings of the baseline. */
interface Step {
  name: string;
  run(competition: Competition): Promise<Row[]>;
  trainings: number;
}

const steps: readonly Step[] = [
  { name: 'look', run: look, trainings: 0 },
  { name: 'quickLook', run: quickLook, trainings: 0.5 },
  { name: 'baseline', run: baseline, trainings: 1.3 },
  { name: 'balance', run: balance, trainings: 2 },
  { name: 'noisyLabels', run: noisyLabels, trainings: 2 },
  { name: 'sizes', run: sizes, trainings: 2.5 },
  { name: 'mixing', run: mixing, trainings: 3 },
  { name: 'folds', run: folds, trainings: 9 },
  { name: 'wrongLabels', run: wrongLabels, trainings: 1 },
  { name: 'seeWhy', run: seeWhy, trainings: 0.1 },
  { name: 'submission', run: submission, trainings: 1 },
];

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (!options) return;
  const names = steps.map(({ name }) => name);
  const unknown = options.only.find((name) => !names.includes(name));
  if (unknown) throw new Error(`--only must be steps of ${names.join(', ')}, got ${unknown}.`);
  const chosen = steps.filter(({ name }) => options.only.length === 0 || options.only.includes(name));

  const progress = new Progress(chosen, options.seeds);
  const runs: Row[][] = [];
  for (let seed = options.seed; seed < options.seed + options.seeds; seed++) {
    const competition = await openCompetition({ ...options, seed });
    const rows: Row[] = [];
    runs.push(rows);
    for (const step of chosen) {
      progress.begin(step);
      setSeed(seed);
      rows.push(...(await step.run(competition)));
      progress.end(step);
      await writeFileWhole(path.join(options.out, 'scores.json'), JSON.stringify(runs, null, 2));
    }
    if (rows.length > 0) printTable(runs);
  }
}

/** Tells which step runs, and how long the rest takes, judged by the earlier ones. */
class Progress {
  private readonly all: number;
  private readonly start = performance.now();
  private done = 0;
  private number = 0;

  constructor(
    private readonly steps: readonly Step[],
    private readonly seeds: number,
  ) {
    this.all = seeds * steps.reduce((sum, { trainings }) => sum + trainings, 0);
  }

  begin({ name }: Step): void {
    const seconds = (performance.now() - this.start) / 1000;
    // The first steps say little: they also draw the leaves.
    const left =
      this.done < 1 ? '' : `, about ${Math.ceil((seconds * (this.all / this.done - 1)) / 60)} min left`;
    log(`\n# ${name}: step ${++this.number} of ${this.seeds * this.steps.length}${left}`);
  }

  end({ trainings }: Step): void {
    this.done += trainings;
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
