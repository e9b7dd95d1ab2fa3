import { checkWritable, log, node, rng, setSeed, toConfig } from '@fastts/core';
import { DataLoaders, type Folds } from '@fastts/data';
import { formatTime } from '../callbacks/loggers/epochTable.js';
import { LearnerError } from '../errors.js';
import { describeLearner } from '../files/export.js';
import type { AnyLearner, Learner } from '../learner.js';
import type { ItemIn, LearnerData } from '../loop/batch.js';
import type { TtaSettings } from '../predictions/tta.js';
import type { CrossValidation } from './crossValidation.js';
import { finishFold } from './finishFold.js';
import { type Fold, FoldFiles } from './fold.js';
import { checkIsOfFold, type FoldData, foldData } from './foldData.js';
import { disposePredictions, type FoldPredictions, readFoldPredictions } from './foldPredictions.js';
import { gatherFolds } from './gatherFolds.js';
import type { Scoring } from './scoreFold.js';

/** Options of {@link crossValidate}. */
export interface CrossValidateOptions<
  Item = unknown,
  X = unknown,
  Y = unknown,
  D extends LearnerData<X, Y> = LearnerData<X, Y>,
> {
  /** The folder for the folds' models and predictions, by which a run that was killed continues. */
  dir: string;
  /** Creates the learner of a fold, whose `DataBlock` gets the fold's `splitter`. */
  learner: (fold: Fold<Item>) => Learner<X, Y, D> | Promise<Learner<X, Y, D>>;
  /** Trains it; `learn.dls` may be replaced by other data of the same fold, such as larger images. */
  fit: (learn: Learner<X, Y, D>, fold: Fold<Item>) => Promise<unknown>;
  /** Whether `preds` are those of test-time augmentation (default false), and its settings. Metrics are computed without. */
  tta?: boolean | TtaSettings;
}

/**
 * Trains a learner per fold on the other folds, and predicts the fold's items with it. Each learner is exported to
 * `dir/fold<k>.safetensors` and freed before the next one is created.
 *
 * A run that was killed continues when it is called again with the same `dir`: with the first fold that is not done, and
 * within it with the checkpoints, if `fit` uses them. Each fold has its own seed, drawn by `setSeed`'s stream, so that
 * the folds are trained alike whether the run was interrupted or not.
 *
 * Source: scikit-learn `model_selection`, `cross_validate` and `cross_val_predict`.
 *
 * @returns The predictions of all items, whose tensors belong to the caller, and the metrics.
 * @throws LearnerError when a learner's data is not a `DataLoaders` of the fold's `splitter`, or when `dir` has folds of
 *   other items or of another model.
 * @throws ArgumentError when there are fewer items, items of a class, or groups than folds.
 * @example
 * const folds = new StratifiedKFold(5, { y: parentLabel });
 * const cv = await crossValidate(folds, {
 *   dir: 'folds/resnet34',
 *   learner: async ({ splitter }) => visionLearner(await dataOf(splitter), resnet34, { metrics: accuracy }),
 *   fit: (learn, { checkpoints }) => learn.fineTune(5, 3e-3, checkpoints()),
 * });
 * const { mean, std, outOfFold } = cv.metric('accuracy');
 */
export async function crossValidate<Item, X, Y, D extends LearnerData<X, Y>>(
  folds: Folds<Item>,
  options: CrossValidateOptions<Item, X, Y, D>,
): Promise<CrossValidation<Y, ItemIn<D>>>;
export async function crossValidate(
  folds: Folds,
  { dir, learner, fit, tta = false }: CrossValidateOptions,
): Promise<CrossValidation> {
  const all = Array.from({ length: folds.nSplits }, (_, k) => new FoldFiles(folds, k, dir));
  await checkWritable(node.path.join(dir, 'fold'));
  const isDone = await Promise.all(all.map((fold) => fold.isDone()));
  const open = all.filter((_, k) => !isDone[k]);
  if (open.length < all.length) {
    log(
      `${all.length - open.length} of ${all.length} folds were trained before: their results are those in ${dir}.`,
    );
  }
  const seeds = [...all, 'the rest'].map(() => rng().seed32());
  let data: FoldData | undefined;
  let scoring: Scoring | undefined;
  // When all are done, a learner is only needed for its items and its metrics.
  for (const fold of open.length > 0 ? open : all.slice(0, 1)) {
    setSeed(seeds[fold.index]!);
    const learn = await learner(fold);
    try {
      const dls = dataLoadersOf(learn);
      const isFirst = data === undefined;
      data ??= foldData(folds, dls);
      checkIsOfFold(fold, data, dls.valid);
      const source = predictionSource(learn, data, tta);
      if (isFirst) {
        describeLearner(learn); // throws now what export would throw after training
        for (const done of all.filter(({ index }) => isDone[index])) {
          await checkSource(done, data, source);
          await done.removeCheckpoints();
        }
      }
      const { lossFunc, metrics } = learn;
      scoring = { lossFunc, metrics, bs: dls.valid.bs };
      if (isDone[fold.index]) break;
      log(`${fold.title}: ${dls.train.n} items for training, ${dls.valid.n} for validation.`);
      const start = performance.now();
      await fit(learn, fold);
      const { valid } = dataLoadersOf(learn);
      checkIsOfFold(fold, data, valid);
      const values = await finishFold(fold, learn, { source, valid, scoring, tta });
      log(`${fold.title}: ${values}, in ${formatTime((performance.now() - start) / 1000)}.`);
    } finally {
      learn.dispose();
    }
  }
  setSeed(seeds.at(-1)!);
  return gatherFolds(all, data!.items, scoring!);
}

function dataLoadersOf({ dls }: AnyLearner): DataLoaders<unknown, unknown> {
  if (dls instanceof DataLoaders) return dls;
  throw new LearnerError(
    'crossValidate requires DataLoaders, which list their items: create the data by a DataBlock.',
  );
}

function predictionSource(
  { model }: AnyLearner,
  { digest }: FoldData,
  tta: boolean | TtaSettings,
): FoldPredictions['source'] {
  return { items: digest, model: JSON.stringify(toConfig(model, 'The model')), tta: JSON.stringify(tta) };
}

/** Checks that a fold of an earlier run belongs to this one. */
async function checkSource(
  fold: FoldFiles<unknown>,
  data: FoldData,
  source: FoldPredictions['source'],
): Promise<void> {
  const earlier = await readFoldPredictions(fold.predictionsFile);
  disposePredictions(earlier);
  const parts = Object.keys(source).filter((part) => earlier.source[part] !== source[part]);
  if (parts.length === 0 && earlier.indices.join() !== data.valid[fold.index]!.join()) parts.push('folds');
  if (parts.length === 0) return;
  throw new LearnerError(
    `${fold.predictionsFile} is of a run with other ${parts.join(' and ')}: use another dir, or remove this one to train all folds again.`,
  );
}
