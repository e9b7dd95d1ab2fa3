import type { Module, NotInferred } from '@fastts/core';
import type { DataLoaders } from '@fastts/data';
import { Learner, LearnerError, type LearnerOptions } from '@fastts/learner';
import type * as tf from '@tensorflow/tfjs-core';
import { Normalize } from '../batchTransforms/normalize.js';
import { type Arch, metaOf } from '../models/pretrained/modelMeta.js';
import { createVisionModel, type PretrainedOptions, type VisionModelOptions } from '../models/visionModel.js';

/** Options of {@link visionLearner} about the data. */
export interface ArchLearnerOptions<Y = unknown> extends LearnerOptions<tf.Tensor4D, Y>, PretrainedOptions {
  /**
   * Whether to normalize the data by the statistics with which the weights were trained, unless it is normalized
   * already (default true).
   */
  normalize?: boolean;
  /** Number of the model's outputs per item (default: as many as the data needs). */
  nOut?: number;
}

/** Options of {@link visionLearner}. */
export interface VisionLearnerOptions<Y = unknown> extends ArchLearnerOptions<Y>, VisionModelOptions {}

/**
 * A `Learner` with an architecture's body, pretrained by default, and a new head. A pretrained body is frozen; `fineTune`
 * trains the head first and then everything.
 *
 * Source: fastai `vision/learner.py`, `vision_learner`.
 *
 * @param dls Images with their targets.
 * @param arch An architecture, such as `resnet34`.
 * @throws LearnerError when neither the data nor `nOut` determines the number of outputs.
 * @throws what {@link createVisionModel} throws.
 * @example
 * const learn = await visionLearner(dls, resnet34, { metrics: accuracy });
 * await learn.fineTune(4);
 */
export async function visionLearner<Y, V, Item>(
  dls: DataLoaders<tf.Tensor4D, Y, V, Item>,
  arch: Arch,
  options: VisionLearnerOptions<NotInferred<Y>> = {},
): Promise<Learner<tf.Tensor4D, Y, DataLoaders<tf.Tensor4D, Y, V, Item>>> {
  const { normalize = true, nOut = outputsOf(dls), pretrained = true, weights, ...rest } = options;
  const { cut, nIn = 3, init, customHead, ...further } = rest;
  const { linFtrs, ps, pool, concatPool, firstBn, bnFinal, linFirst, yRange, ...learnerOptions } = further;
  const head = { linFtrs, ps, pool, concatPool, firstBn, bnFinal, linFirst, yRange };
  const modelOptions = { cut, nIn, init, customHead, ...head, pretrained, weights };
  const model = await createVisionModel(arch, nOut, modelOptions);
  if (normalize && pretrained) addNorm(dls, arch, nIn);
  return archLearner(dls, arch, model, pretrained, learnerOptions);
}

/** A learner with the architecture's parameter groups; if `pretrained`, frozen except for the head. */
export function archLearner<Y, V, Item>(
  dls: DataLoaders<tf.Tensor4D, Y, V, Item>,
  arch: Arch,
  model: Module,
  pretrained: boolean,
  options: LearnerOptions<tf.Tensor4D, Y>,
): Learner<tf.Tensor4D, Y, DataLoaders<tf.Tensor4D, Y, V, Item>> {
  const learn = new Learner(dls, model, { splitter: metaOf(arch).split, ...options });
  if (pretrained) learn.freeze();
  return learn;
}

/** Normalizes the data by an architecture's statistics, unless it is normalized already or has other channels. */
export function addNorm<Y>({ loaders }: DataLoaders<tf.Tensor4D, Y>, arch: Arch, nIn: number): void {
  const { stats } = metaOf(arch);
  if (stats?.mean.length !== nIn) return;
  const norm = Normalize.fromStats(stats);
  // Loaders may share their transforms.
  for (const { afterBatch } of loaders) {
    if (![...afterBatch].some((transform) => transform instanceof Normalize)) afterBatch.add(norm);
  }
}

/** Number of outputs that the data needs. */
export function outputsOf<Y>({ c }: DataLoaders<tf.Tensor4D, Y>): number {
  if (c > 0) return c;
  throw new LearnerError('The number of outputs cannot be determined from the data: pass nOut.');
}
