import path from 'node:path';
import {
  CrossEntropyLossFlat,
  type CrossValidation,
  crossValidate,
  type EnsembleOptions,
  ensemble,
  log,
  type tf,
  WandbCallback,
  WandbRun,
} from 'fastts';
import { type Competition, getDls, metrics } from './competition.js';
import type { Leaf } from './layout.js';
import { newLearner, trainModel } from './networks.js';
import { type Row, scoresOf } from './scores.js';

/** One model per fold, for each network; together they predict better than each. */
export async function folds(competition: Competition): Promise<Row[]> {
  const { archs } = competition;
  const rows: Row[] = [];
  const files: string[] = [];
  for (const arch of archs) {
    log(`\n## ${competition.folds.nSplits} folds of ${arch}`);
    const start = performance.now();
    const cv = await trainFolds(competition, arch);
    const seconds = (performance.now() - start) / 1000;
    files.push(...cv.files);
    rows.push({
      step: `${cv.files.length} folds of ${arch}`,
      seconds,
      valid: await scoresOf(cv.preds, cv.targs),
      test: await testScores(competition, cv.files),
    });
  }
  if (!competition.test) return rows;
  return [
    ...rows,
    { step: `${files.length} models together`, test: await testScores(competition, files) },
    { step: `${files.length} models, TTA`, test: await testScores(competition, files, { tta: true }) },
  ];
}

/**
 * Out-of-fold predictions of all training pictures, each by a model that was not trained with it, and the files of the models.
 * If the folds were trained before, they are read from the disk.
 */
export function trainFolds(
  competition: Competition,
  arch: string,
): Promise<CrossValidation<tf.Tensor1D, Leaf>> {
  const { size, epochs, wandb, out } = competition;
  return crossValidate(competition.folds, {
    dir: foldsFolder(competition, arch),
    learner: async ({ splitter }) =>
      newLearner(arch, await getDls(competition, size, splitter), {
        lossFunc: new CrossEntropyLossFlat(),
        metrics: metrics(),
      }),
    async fit(learn, { index }) {
      if (!wandb) return trainModel(arch, learn, epochs);
      const name = `${arch} fold ${index}`;
      const run = await WandbRun.init({
        project: 'leaf-disease',
        name,
        config: { arch, size, fold: index },
        dir: out,
      });
      const wandbCallback = new WandbCallback(run, { logModel: true, modelName: `${arch}-fold${index}` });
      await trainModel(arch, learn, epochs, { cbs: wandbCallback });
      await run.finish();
    },
  });
}

/** The folder of a network's folds; other options train in another one. */
function foldsFolder({ out, folder, folds, seed, size, epochs }: Competition, arch: string): string {
  const run = [
    path.basename(folder),
    arch,
    `${size}px`,
    `${epochs}epochs`,
    `${folds.nSplits}folds`,
    `seed${seed}`,
  ];
  return path.join(out, 'folds', run.join('-'));
}

/** The scores of several models together on the test pictures of drawn leaves. */
async function testScores(competition: Competition, files: readonly string[], options: EnsembleOptions = {}) {
  const { test, size } = competition;
  if (!test) return undefined;
  const dl = (await getDls(competition, size)).testDl(test, { withLabels: true });
  const models = await ensemble(files, options);
  return scoresOf(...(await models.predict(dl)));
}
