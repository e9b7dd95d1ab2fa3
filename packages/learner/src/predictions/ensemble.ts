import { ArgumentError, checkNumber, type FileSource, log, sourceName, tensorsIn } from '@fastts/core';
import { DataLoader, type Label } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { loadLearner } from '../files/loadLearner.js';
import type { AnyLearner, Learner } from '../learner.js';
import type { TargetsIn } from '../loop/batch.js';
import type { TtaSettings } from './tta.js';

/** Options of {@link ensemble}. */
export interface EnsembleOptions {
  /** Whether each model's predictions are those of test-time augmentation (default false), and its settings. */
  tta?: boolean | TtaSettings;
  /** One weight per model, at least 0, relative to each other (default: all equal). */
  weights?: readonly number[];
  /**
   * The mean of the probabilities (default `'arithmetic'`). The geometric mean is that of their logarithms, by which a
   * model that is sure a class is wrong excludes it; probabilities of classes are divided by their sum.
   */
  mean?: 'arithmetic' | 'geometric';
}

/** Options of {@link Ensemble.predict}. */
export interface EnsemblePredictOptions {
  /** Batch size (default: the loader's, or that of each model's data). */
  bs?: number;
  /** What to do for an item that cannot be loaded: throw an error (default), or return rows of NaN; see `getPreds`. */
  unreadable?: 'error' | 'nan';
}

/**
 * Averages the predictions of models that were exported, such as those of several folds and architectures.
 *
 * Each model has its own transforms, as in its file, so that image sizes and normalization may differ. One model at a
 * time is in memory. All files are checked first.
 *
 * @param models The models' files: paths, URLs or bytes.
 * @throws LearnerError when the models' classes differ, naming the first that does.
 * @throws ArgumentError when there is no model, or not one weight per model.
 * @throws FileFormatError or RegistryError when a file cannot be loaded; see `loadLearner`.
 * @example
 * const models = await ensemble([...resnets.files, ...vggs.files], { tta: true });
 * const [preds, targs] = await models.predict(dls.valid);
 * accuracy(preds, targs).print();
 */
export async function ensemble(
  models: readonly FileSource[],
  options: EnsembleOptions = {},
): Promise<Ensemble> {
  const { weights = models.map(() => 1), mean = 'arithmetic' } = options;
  if (models.length === 0)
    throw new ArgumentError('An ensemble needs at least one model: pass the files of learners.');
  if (weights.length !== models.length) {
    throw new ArgumentError(
      `weights must have one number per model (${models.length}), got ${weights.length}.`,
    );
  }
  for (const weight of weights) checkNumber('Each of weights', weight, { min: 0 });
  if (weights.every((weight) => weight === 0)) {
    throw new ArgumentError('All weights of the ensemble are 0: at least one must be greater.');
  }
  if (mean !== 'arithmetic' && mean !== 'geometric') {
    throw new ArgumentError(`mean must be 'arithmetic' or 'geometric', got ${mean}.`);
  }
  let vocab: readonly Label[] | undefined;
  for (const file of models) {
    const learn = await loadLearner(file);
    learn.dispose();
    vocab ??= learn.dls.vocab;
    checkVocab(learn.dls.vocab, nameOf(file), vocab, nameOf(models[0]!));
  }
  return new Ensemble(models, vocab!, { ...options, weights, mean });
}

/** Exported models whose predictions are averaged; created by {@link ensemble}. */
export class Ensemble {
  /** @param vocab The class names, by class index; empty if there are no classes. */
  constructor(
    private readonly models: readonly FileSource[],
    readonly vocab: readonly Label[],
    private readonly options: EnsembleOptions & Required<Pick<EnsembleOptions, 'weights' | 'mean'>>,
  ) {}

  /**
   * Predictions of all items of a loader, in order, averaged over the models, and their targets, as `getPreds` returns
   * them. The tensors belong to the caller.
   *
   * @param source A loader, whose items and labels are used with each model's own transforms; or items of the kind that the
   *   models were trained on, such as paths of images, without labels.
   * @throws LearnerError when the loader's classes are not the models', or the models' outputs have different shapes.
   * @throws ItemError when an item cannot be loaded, unless `unreadable` is `'nan'`.
   * @example
   * const [preds] = await models.predict(getImageFiles('test_images'));
   * const best = await tf.argMax(preds, 1).data();
   * const labels = Array.from(best, (i) => models.vocab[i]);
   */
  async predict<Source extends DataLoader<unknown, unknown>>(
    source: Source,
    options?: EnsemblePredictOptions,
  ): Promise<[preds: tf.Tensor, targs: TargetsIn<Source>]>;
  async predict(
    source: readonly unknown[],
    options?: EnsemblePredictOptions,
  ): Promise<[preds: tf.Tensor, targs: undefined]>;
  async predict(
    source: DataLoader<unknown, unknown> | readonly unknown[],
    options: EnsemblePredictOptions = {},
  ): Promise<[preds: tf.Tensor, targs: unknown]> {
    const { models, vocab } = this;
    const { weights } = this.options;
    if (source instanceof DataLoader && source.dataset.vocab.length > 0) {
      checkVocab(source.dataset.vocab, 'the loader', vocab, nameOf(models[0]!));
    }
    const mean = new WeightedMean(this.options.mean === 'geometric');
    let targs: unknown;
    try {
      for (const [i, file] of models.entries()) {
        if (weights[i] === 0) continue;
        log(`Model ${i + 1} of ${models.length}: ${nameOf(file)}`);
        const learn = await loadLearner(file);
        try {
          const [preds, ownTargs] = await this.predictBy(learn, source, options);
          if (targs === undefined) targs = ownTargs;
          else tf.dispose(tensorsIn(ownTargs));
          mean.add(preds, weights[i]!, nameOf(file));
          mean.classAxis ??= classAxisOf(learn);
        } finally {
          learn.dispose();
        }
      }
      return [mean.take(), targs];
    } catch (error) {
      mean.dispose();
      tf.dispose(tensorsIn(targs));
      throw error;
    }
  }

  private async predictBy(
    learn: Learner<unknown, unknown>,
    source: DataLoader<unknown, unknown> | readonly unknown[],
    { bs, unreadable }: EnsemblePredictOptions,
  ): Promise<[preds: tf.Tensor, targs: unknown]> {
    const { afterItem, afterBatch } = learn.dls.valid;
    const size = bs === undefined ? {} : { bs };
    const dl =
      source instanceof DataLoader
        ? source.with({ afterItem, afterBatch, split: 'valid', ...size })
        : learn.dls.testDl(source, size);
    const { tta = false } = this.options;
    return tta === false
      ? learn.getPreds({ dl, unreadable })
      : learn.tta({ dl, unreadable, ...(tta !== true && tta) });
  }
}

/** The weighted mean of several models' predictions, which are added one by one. */
class WeightedMean {
  /** The axis of class probabilities, which sum to 1, if there is one. */
  classAxis: number | undefined;
  private sum: tf.Tensor | null = null;
  private weights = 0;

  constructor(private readonly isGeometric: boolean) {}

  /** Adds predictions, which it disposes of. */
  add(preds: tf.Tensor, weight: number, name: string): void {
    const { sum } = this;
    try {
      if (sum && !tf.util.arraysEqual(sum.shape, preds.shape)) {
        throw new LearnerError(
          `${name} predicts shape [${preds.shape}] where the models before it predict [${sum.shape}]: leave it out of the ensemble.`,
        );
      }
      this.sum = tf.tidy(() => {
        const values = this.isGeometric ? tf.log(tf.maximum(preds, SMALLEST)) : preds;
        const weighted = tf.mul(values, weight);
        return sum ? tf.add(sum, weighted) : weighted;
      });
      this.weights += weight;
      sum?.dispose();
    } finally {
      preds.dispose();
    }
  }

  /** The mean, which belongs to the caller. */
  take(): tf.Tensor {
    const { sum, classAxis } = this;
    const mean = tf.tidy(() => {
      const divided = tf.div(sum!, this.weights);
      if (!this.isGeometric) return divided;
      const product = tf.exp(divided);
      return classAxis === undefined ? product : tf.div(product, tf.sum(product, classAxis, true));
    });
    this.dispose();
    return mean;
  }

  dispose(): void {
    this.sum?.dispose();
    this.sum = null;
  }
}

/** A probability of 0 has no logarithm. */
const SMALLEST = 1e-30;

/** The axis of class probabilities; undefined if the loss takes no class indices. */
function classAxisOf({ lossFunc }: AnyLearner): number | undefined {
  return typeof lossFunc !== 'function' && lossFunc.yInt ? (lossFunc.axis ?? -1) : undefined;
}

function nameOf(file: FileSource): string {
  return sourceName(file) ?? 'the model';
}

/** @throws LearnerError when the classes are not those wanted, in the same order. */
function checkVocab(
  vocab: readonly Label[],
  name: string,
  wanted: readonly Label[],
  wantedName: string,
): void {
  const length = Math.max(vocab.length, wanted.length);
  const differing = Array.from({ length }, (_, i) => i).find((i) => String(vocab[i]) !== String(wanted[i]));
  if (differing === undefined) return;
  const at = (labels: readonly Label[]) => (differing in labels ? `'${labels[differing]}'` : 'missing');
  throw new LearnerError(
    `The classes differ: class ${differing} of ${name} is ${at(vocab)}, that of ${wantedName} is ${at(wanted)}. Train all models with the same vocabulary, CategoryBlock({ vocab }).`,
  );
}
