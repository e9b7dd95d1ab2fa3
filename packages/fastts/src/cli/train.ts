import { join, resolve } from 'node:path';
import { currentEngine, log, setSeed, writeFileWhole } from '../index.js';
import { trainingReport } from '../report/trainingReport.js';
import { classFolders } from './classFolders.js';
import { archOf, classifier, isPretrained } from './classifier.js';
import type { PicturesOptions } from './fasttsCommand.js';

/** What `fastts train` takes. */
export interface TrainOptions extends PicturesOptions {
  epochs: number;
  lr?: number;
  out: string;
}

/** Trains a classifier, and writes it and a report of how it went. */
export async function train(folder: string, options: TrainOptions): Promise<void> {
  const { size, bs, epochs, seed, out } = options;
  setSeed(seed);
  const dls = await classFolders(folder, options);
  const learn = await classifier(dls, options, { path: resolve(out) });
  const pretrained = isPretrained(options);
  const lr = options.lr ?? (pretrained ? 2e-3 : 3e-3);
  const start = performance.now();
  await (pretrained ? learn.fineTune(epochs, lr) : learn.fitOneCycle(epochs, lr));
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  const model = await learn.export('model');
  const report = await trainingReport(learn, {
    title: resolve(folder),
    settings: {
      network: `${archOf(options)}${pretrained ? ', trained before' : ''}`,
      ...{ size, bs, epochs, lr, seed, minutes, engine: currentEngine()! },
    },
  });
  const page = join(resolve(out), 'report.html');
  await writeFileWhole(page, report);
  log(`The model is ${model}\nThe report is ${page}\nTry it: fastts predict ${model} <picture>`);
}
