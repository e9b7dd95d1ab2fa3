import { ensureEngine, type Module } from '@fastts/core';
import { composed, DataLoaders, type Label, nearestLabel } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import type { AnyLearner } from '../../learner.js';
import type { Loss } from '../../losses/loss.js';
import { classMaps } from './classMaps.js';

/** Options of {@link gradCam}. */
export interface GradCamOptions {
  /** The class to explain: a label or, unless labels are numbers, its index (default: each picture's predicted class). */
  cls?: Label;
  /**
   * The layer whose output is examined: a module of the model, or its name as in `model.namedModules()`. Earlier layers show more
   * detail, and less of the class. Default: the last layer whose output has spatial extent.
   */
  layer?: Module | string;
}

/** The numbers of a {@link GradCam}. */
export interface ClassActivation {
  /** The class that is explained. */
  label: Label;
  /** Its index in the vocabulary. */
  index: number;
  /** Its probability, as in the result of `learn.predict`. */
  probability: number;
  /** The map at the layer's resolution: rows of numbers from 0 to 1, the top row first. */
  map: number[][];
  /** The layer's name, as in `model.namedModules()`. */
  layer: string;
}

/**
 * The Grad-CAM of each item of a batch.
 *
 * @param inputs The model's inputs, which still belong to the caller.
 * @param check Examines the model's output.
 */
export async function classActivations(
  learn: AnyLearner,
  inputs: readonly tf.Tensor[],
  { cls, layer }: GradCamOptions = {},
  check?: (pred: tf.Tensor) => Promise<void>,
): Promise<ClassActivation[]> {
  await ensureEngine();
  const { model, lossFunc } = learn;
  const vocab = vocabOf(learn);
  const index = cls === undefined ? undefined : indexOf(cls, vocab);
  const found = classMaps(model, inputs, { count: vocab.length, index, layer });
  const owned: tf.Tensor[] = [found.maps, found.pred, found.classes];
  try {
    await check?.(found.pred);
    const loss: Partial<Loss> = typeof lossFunc === 'function' ? {} : lossFunc;
    const probabilities = tf.tidy(() => loss.activation?.(found.pred) ?? found.pred.clone());
    owned.push(probabilities);
    const [maps, all, classes] = await Promise.all([
      found.maps.array(),
      probabilities.data(),
      found.classes.data(),
    ]);
    return maps.map((map, i): ClassActivation => {
      const number = classes[i]!;
      const probability = all[i * vocab.length + number]!;
      return { label: vocab[number]!, index: number, probability, map: scaled(map), layer: found.layer };
    });
  } finally {
    tf.dispose(owned);
  }
}

function vocabOf({ dls }: AnyLearner): readonly Label[] {
  const vocab = dls instanceof DataLoaders ? dls.vocab : [];
  if (vocab.length > 0) return vocab;
  throw new LearnerError(
    'Grad-CAM explains the class of a classifier, but the learner has no classes: its data needs a target of labels, such as a CategoryBlock.',
  );
}

/** @throws LearnerError when it is neither a label of the vocabulary nor an index. */
function indexOf(cls: Label, vocab: readonly Label[]): number {
  const place = vocab.indexOf(composed(cls));
  if (place >= 0) return place;
  const isIndex = typeof cls === 'number' && !vocab.some((label) => typeof label === 'number');
  if (isIndex && cls in vocab) return cls;
  const remedy = isIndex
    ? `indices go from 0 to ${vocab.length - 1}`
    : `the most similar is '${nearestLabel(String(cls), vocab.map(String))}'`;
  throw new LearnerError(`There is no class '${cls}' among the learner's ${vocab.length}: ${remedy}.`);
}

/** A map divided by its maximum; all 0 if that is 0 or not finite. */
function scaled(map: readonly number[][]): number[][] {
  const highest = Math.max(...map.map((row) => Math.max(...row)));
  return map.map((row) =>
    row.map((value) => (highest > 0 && Number.isFinite(highest) ? value / highest : 0)),
  );
}
