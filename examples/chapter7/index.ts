/** Chapter 7 of the fastai book, section by section. `npm run chapter7 -- --help` lists the options. */
import {
  checkWritable,
  ensureEngine,
  log,
  plotReliabilityDiagram,
  setSeed,
  tf,
  writeFileWhole,
} from 'fastts';
import { checkCheckpoints, openSection, saveFigure } from './chapter.js';
import { saveChoices, withEarlierChoices } from './choices.js';
import { type Data, openData } from './data.js';
import { describePlan, describeSetup } from './describePlan.js';
import { findings } from './findings.js';
import { measureSpeed } from './measure.js';
import { type Options, parseOptions } from './options.js';
import { OverallProgress } from './overallProgress.js';
import { makePlan, type Plan } from './plan.js';
import { type Predicted, printTable, type Row, score } from './results.js';
import { sections } from './sections.js';

async function main() {
  const given = parseOptions(
    process.argv.slice(2),
    sections.map(({ name }) => name),
  );
  if (given.json) await checkWritable(given.json);
  const data = await openData(given);
  const options = await withEarlierChoices(given, data);
  await ensureEngine();
  log('Measuring how fast this machine trains: some seconds.');
  const plan = await makePlan(options, data, (size) => measureSpeed(data, options, size));
  for (const line of describePlan(options, data, plan)) log(line);
  checkCheckpoints(options, data, plan);
  await saveChoices(given, data, plan);

  const rows = await runSections(options, data, plan);

  log(`\n${describeSetup(options, data, plan)}`);
  printTable(rows);
  log(['', ...findings(rows)].join('\n'));
  if (options.json) await saveReport(options.json, options, data, plan, rows);
}

/** The sections whose confidence is compared in a reliability diagram. */
const compared = ['normalization', 'mixup', 'labelSmoothing'];

/** Runs the sections, with each of the seeds. */
async function runSections(options: Options, data: Data, plan: Plan): Promise<Row[]> {
  const chosen = sections.filter(({ name }) => options.only.includes(name));
  const runs = options.seeds.flatMap((seed) => chosen.map((section) => ({ seed, section })));
  const progress = new OverallProgress(
    runs.map(({ seed, section }) => ({
      title: options.seeds.length > 1 ? `${section.technique}, seed ${seed}` : section.technique,
      seconds: plan.seconds.get(section.name)!,
    })),
  );
  const rows: Row[] = [];
  const predictions: Record<string, Predicted> = {};
  try {
    for (const { seed, section } of runs) {
      const { name, technique, show, train, after } = section;
      const isFirst = seed === options.seeds[0];
      progress.next();
      const chapter = openSection(name, options, data, plan, seed);
      setSeed(seed);
      if (isFirst) await show?.(chapter);
      setSeed(seed);
      const { learn, epochs } = await train(chapter);
      const { predicted, ...scores } = await score(learn);
      log(
        `accuracy ${scores.accuracy.toFixed(4)}, with test-time augmentation ${scores.accuracyTta.toFixed(4)}`,
      );
      rows.push({ section: name, technique, seed, epochs, seconds: chapter.clock.seconds, ...scores });
      if (isFirst && compared.includes(name)) predictions[name] = predicted;
      else tf.dispose(predicted);
      if (isFirst) await after?.(learn, chapter);
      learn.dispose();
    }
  } finally {
    progress.stop();
  }
  if (Object.keys(predictions).length > 0) {
    await saveFigure(await plotReliabilityDiagram(predictions), 'reliability.png');
    tf.dispose(Object.values(predictions));
  }
  return rows;
}

async function saveReport(file: string, options: Options, data: Data, plan: Plan, rows: readonly Row[]) {
  const { archName: arch, bs, seeds } = options;
  const { size, epochs, pct } = plan;
  const report = { data: data.name, arch, size, bs, epochs, pct, seed: seeds[0], seeds, rows };
  await writeFileWhole(file, `${JSON.stringify(report, null, 2)}\n`);
  log(`saved ${file}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
