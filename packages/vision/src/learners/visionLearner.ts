import type { DataLoaders } from '@fastts/data';
import { Learner, LearnerError, type LearnerOptions } from '@fastts/learner';
import type * as tf from '@tensorflow/tfjs-core';
import { Normalize } from '../batchTransforms/normalize.js';
import { type Arch, metaOf } from '../models/pretrained/modelMeta.js';
import { createVisionModel, type PretrainedOptions, type VisionModelOptions } from '../models/visionModel.js';

/** What {@link visionLearner} takes that has to do with the data. */
export interface ArchLearnerOptions extends LearnerOptions, PretrainedOptions {
  /**
   * Whether the data is normalised by the statistics that the weights were trained with, if it is not normalised yet
   * (default true).
   */
  normalize?: boolean;
  /** Numbers that the model gives for an item (default as many as the data needs). */
  nOut?: number;
}

/** Options of {@link visionLearner}. */
export interface VisionLearnerOptions extends ArchLearnerOptions, VisionModelOptions {}

/**
 * A `Learner` of an architecture's body, by default trained before, and a new head. The body is frozen if it was
 * trained before; `fineTune` trains the head first and then all.
 *
 * Source: fastai `vision/learner.py`, `vision_learner`.
 *
 * @param dls Data of pictures.
 * @param arch Such as `resnet34`.
 * @throws LearnerError when the data does not say how many numbers the model has to give, and `nOut` neither.
 * @throws what {@link createVisionModel} throws.
 * @example
 * const learn = await visionLearner(dls, resnet34, { metrics: accuracy });
 * await learn.fineTune(4);
 */
export async function visionLearner<Y = tf.Tensor1D>(
  dls: DataLoaders<tf.Tensor4D, Y>,
  arch: Arch,
  options: VisionLearnerOptions = {},
): Promise<Learner<tf.Tensor4D, Y>> {
  const { normalize = true, nOut = outputsOf(dls), pretrained = true, weights, ...rest } = options;
  const { cut, nIn = 3, init, customHead, ...further } = rest;
  const { linFtrs, ps, pool, concatPool, firstBn, bnFinal, linFirst, yRange, ...learnerOptions } = further;
  const head = { linFtrs, ps, pool, concatPool, firstBn, bnFinal, linFirst, yRange };
  const modelOptions = { cut, nIn, init, customHead, ...head, pretrained, weights };
  const model = await createVisionModel(arch, nOut, modelOptions);
  if (normalize && pretrained) addNorm(dls, arch, nIn);
  return archLearner(dls, arch, model, pretrained, learnerOptions);
}

/** A learner with the architecture's parameter groups, frozen but for the head if `pretrained`. */
export function archLearner<Y>(
  dls: DataLoaders<tf.Tensor4D, Y>,
  arch: Arch,
  model: Learner['model'],
  pretrained: boolean,
  options: LearnerOptions,
): Learner<tf.Tensor4D, Y> {
  const learn = new Learner<tf.Tensor4D, Y>(dls, model, { splitter: metaOf(arch).split, ...options });
  if (pretrained) learn.freeze();
  return learn;
}

/** Normalises the data by an architecture's statistics, unless it is normalised or has other channels. */
export function addNorm<Y>({ loaders }: DataLoaders<tf.Tensor4D, Y>, arch: Arch, nIn: number): void {
  const { stats } = metaOf(arch);
  if (stats?.mean.length !== nIn) return;
  const norm = Normalize.fromStats(stats);
  // Loaders may share their transforms.
  for (const { afterBatch } of loaders) {
    if (![...afterBatch].some((transform) => transform instanceof Normalize)) afterBatch.add(norm);
  }
}

/** How many numbers a model has to give for the data. */
export function outputsOf<Y>({ c }: DataLoaders<tf.Tensor4D, Y>): number {
  if (c > 0) return c;
  throw new LearnerError('The data does not say how many numbers the model has to give: give nOut.');
}
