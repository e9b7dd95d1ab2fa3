import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  CheckpointCallback,
  checkWritable,
  currentEngine,
  InterruptCallback,
  InterruptedError,
  type Learner,
  log,
  setSeed,
  TerminateOnNaNCallback,
  writeFileWhole,
} from '../index.js';
import { trainingReport } from '../report/trainingReport.js';
import { classFolders } from './classFolders.js';
import { archOf, classifier, isPretrained } from './classifier.js';
import type { PicturesOptions } from './fasttsCommand.js';
import { shellQuoted } from './shellQuoted.js';
import { SPLIT_FILE, writeSplit } from './splitFile.js';
import { TrainCheckpoints } from './trainCheckpoints.js';

/** Options of `fastts train`. */
export interface TrainOptions extends PicturesOptions {
  epochs: number;
  lr?: number;
  out: string;
  resume?: boolean;
}

/**
 * Trains a classifier and saves it with a report, even if a signal ends the training, such as that of Ctrl-C; without a report if
 * it is stopped because a loss is not finite.
 */
export async function train(folder: string, options: TrainOptions): Promise<void> {
  const { size, epochs, seed } = options;
  const out = resolve(options.out);
  const model = join(out, 'model.safetensors');
  const page = join(out, 'report.html');
  const split = join(out, SPLIT_FILE);
  await checkWritable(model);
  await checkWritable(page);
  const checkpoints = new TrainCheckpoints(out, options);
  setSeed(seed);
  const dls = await classFolders(folder, options);
  const learn = await classifier(dls, options, { path: out });
  const pretrained = isPretrained(options);
  const lr = options.lr ?? (pretrained ? 2e-3 : 3e-3);
  const start = performance.now();
  await checkpoints.begin();
  const interruption = await fit(learn, { epochs, lr, pretrained, checkpoints: checkpoints.folder });
  const minutes = ((performance.now() - start) / 60_000).toFixed(1);
  await learn.export(model);
  await writeSplit(split, folder, dls);
  // The reason was logged. Such a model's report could be made of predictions that are NaN.
  if (learn.cb(TerminateOnNaNCallback)?.stopped) {
    process.exitCode = 1;
    log(`Model, as it was before that batch: ${model}\nThere is no report, because training did not end.`);
    return;
  }
  const report = await trainingReport(learn, {
    folder: resolve(folder),
    settings: {
      network: `${archOf(options)}${pretrained ? ', pretrained' : ''}`,
      size,
      bs: dls.train.bs,
      epochs: interruption ? `${learn.recorder.values.length} of ${epochs}, then stopped` : epochs,
      ...{ lr, seed, minutes, engine: currentEngine()! },
    },
  });
  await writeFileWhole(page, report);
  if (!interruption) await rm(checkpoints.folder, { recursive: true, force: true });
  log(`Model: ${model}\nReport: ${page}\nTry it: npx fastts predict ${shellQuoted(model)} <image>`);
  if (interruption) log('To continue the training, run the same command with --resume.');
  interruption?.endProcess();
}

interface FitSettings {
  epochs: number;
  lr: number;
  pretrained: boolean;
  checkpoints: string;
}

/** Trains, and returns the error if a signal ended the training: the command then saves what was learned. */
async function fit(
  learn: Learner,
  { epochs, lr, pretrained, checkpoints }: FitSettings,
): Promise<InterruptedError | null> {
  const cbs = [new InterruptCallback({ endProcess: false }), new CheckpointCallback(checkpoints)];
  const options = { cbs, resume: checkpoints };
  try {
    await (pretrained ? learn.fineTune(epochs, lr, options) : learn.fitOneCycle(epochs, lr, options));
    return null;
  } catch (error) {
    if (error instanceof InterruptedError) return error;
    throw error;
  }
}
