/** Chapter 7 of the fastai book, section by section. `npm run chapter7 -- --help` lists the options. */
import { checkWritable, type Learner, log, setSeed, writeFileWhole } from 'fastts';
import { baseline } from './baseline.js';
import { type Chapter, open } from './chapter.js';
import { labelSmoothing } from './labelSmoothing.js';
import { mixup } from './mixup.js';
import { normalization } from './normalization.js';
import { parseOptions } from './options.js';
import { progressiveResizeCallback, progressiveResizing } from './progressiveResizing.js';
import { testTimeAugmentation } from './testTimeAugmentation.js';

/** Result of a section. */
export interface Trained {
  learn: Learner;
  epochs: number;
}

/** A row of the final table. */
interface Row {
  technique: string;
  epochs: number;
  seconds: number;
  accuracy: number;
  accuracyTta: number;
}

const sections: { name: string; technique: string; run(chapter: Chapter): Promise<Trained> }[] = [
  { name: 'baseline', technique: 'baseline', run: baseline },
  { name: 'normalization', technique: '+ normalization', run: normalization },
  { name: 'progressiveResizing', technique: '+ progressive resizing', run: progressiveResizing },
  { name: 'progressiveResizeCallback', technique: '+ ProgressiveResize', run: progressiveResizeCallback },
  { name: 'mixup', technique: '+ mixup', run: mixup },
  { name: 'labelSmoothing', technique: '+ label smoothing', run: labelSmoothing },
];

async function main() {
  const options = parseOptions(process.argv.slice(2));
  const names = new Set(sections.map(({ name }) => name));
  const unknown = options.only.find((name) => !names.has(name));
  if (unknown) throw new Error(`--only must be sections of ${[...names].join(', ')}, got ${unknown}.`);

  if (options.json) await checkWritable(options.json);
  const chapter = await open(options);
  const rows: Row[] = [];
  for (const { name, technique, run } of sections) {
    if (options.only.length > 0 && !options.only.includes(name)) continue;
    log(`\n# ${technique}`);
    setSeed(options.seed);
    const start = performance.now();
    const { learn, epochs } = await run(chapter);
    const seconds = (performance.now() - start) / 1000;
    const [, accuracy] = await learn.validate();
    const accuracyTta = await testTimeAugmentation(learn);
    rows.push({ technique, epochs, seconds, accuracy: accuracy!, accuracyTta });
    learn.model.dispose();
  }

  log(`\n${chapter.archName}, ${chapter.size} px, ${chapter.pct * 100}% of ${chapter.data}`);
  printTable(rows);
  if (options.json) {
    const { data, archName: arch, size, bs, epochs, pct, seed } = chapter;
    const report = { data, arch, size, bs, epochs, pct, seed, rows };
    await writeFileWhole(options.json, `${JSON.stringify(report, null, 2)}\n`);
    log(`saved ${options.json}`);
  }
}

function printTable(rows: Row[]) {
  const line = (cells: string[]) =>
    log(cells.map((cell, i) => (i === 0 ? cell.padEnd(24) : cell.padStart(i < 3 ? 8 : 18))).join(''));
  line(['technique', 'epochs', 'seconds', 'accuracy', 'accuracy with TTA']);
  for (const { technique, epochs, seconds, accuracy, accuracyTta } of rows) {
    line([technique, `${epochs}`, seconds.toFixed(0), accuracy.toFixed(4), accuracyTta.toFixed(4)]);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
