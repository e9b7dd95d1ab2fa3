import { join, resolve } from 'node:path';
import {
  accuracy,
  CrossEntropyLossFlat,
  currentEngine,
  Learner,
  log,
  setSeed,
  writeFileWhole,
} from '../index.js';
import { trainingReport } from '../report/trainingReport.js';
import { architectures } from './architectures.js';
import { classFolders } from './classFolders.js';
import type { PicturesOptions } from './fasttsCommand.js';

/** What `fastts train` takes. */
export interface TrainOptions extends PicturesOptions {
  epochs: number;
  lr: number;
  out: string;
}

/** Trains a classifier, and writes it and a report of how it went. */
export async function train(folder: string, options: TrainOptions): Promise<void> {
  const { arch, size, bs, epochs, lr, seed, out } = options;
  setSeed(seed);
  const dls = await classFolders(folder, options);
  const learn = new Learner(dls, architectures[arch]({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
    path: resolve(out),
  });
  const start = performance.now();
  await learn.fitOneCycle(epochs, lr);
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  const model = await learn.export('model');
  const report = await trainingReport(learn, {
    title: resolve(folder),
    settings: { arch, size, bs, epochs, lr, seed, minutes, engine: currentEngine()! },
  });
  const page = join(resolve(out), 'report.html');
  await writeFileWhole(page, report);
  log(`The model is ${model}\nThe report is ${page}\nTry it: fastts predict ${model} <picture>`);
}
