import { type NotInferred, tensorsIn } from '@fastts/core';
import type { DataLoaders } from '@fastts/data';
import type { Learner } from '@fastts/learner';
import * as tf from '@tensorflow/tfjs-core';
import type { Arch } from '../models/pretrained/modelMeta.js';
import { createUnetModel, type UnetModelOptions } from '../models/unetModel.js';
import { type ArchLearnerOptions, addNorm, archLearner, outputsOf } from './visionLearner.js';

/** Options of {@link unetLearner}. */
export interface UnetLearnerOptions<Y = unknown> extends ArchLearnerOptions<Y>, UnetModelOptions {}

/**
 * A `Learner` with a U-Net on an architecture's body; by default the body is pretrained and frozen.
 *
 * Source: fastai `vision/learner.py`, `unet_learner`.
 *
 * @param dls Images, all of the size of the first batch's, and masks.
 * @param arch An architecture, such as `resnet34`.
 * @throws LearnerError when neither the data nor `nOut` determines the number of outputs per pixel.
 * @throws what {@link createVisionModel} throws.
 * @example
 * const learn = await unetLearner(dls, resnet34, { metrics: dice });
 * await learn.fineTune(8);
 */
export async function unetLearner<Y, V, Item>(
  dls: DataLoaders<tf.Tensor4D, Y, V, Item>,
  arch: Arch,
  options: UnetLearnerOptions<NotInferred<Y>> = {},
): Promise<Learner<tf.Tensor4D, Y, DataLoaders<tf.Tensor4D, Y, V, Item>>> {
  const { normalize = true, nOut = outputsOf(dls), pretrained = true, weights, ...rest } = options;
  const { cut, nIn = 3, actCls, normType, init, ...further } = rest;
  const { blur, blurFinal, selfAttention, yRange, lastCross, bottle, ...learnerOptions } = further;
  const unet = { blur, blurFinal, selfAttention, yRange, lastCross, bottle, actCls, normType, init };
  const [pictures, masks] = await dls.oneBatch();
  const [, height, width] = pictures.shape;
  tf.dispose(tensorsIn([pictures, masks]));
  const modelOptions = { cut, nIn, ...unet, pretrained, weights };
  const model = await createUnetModel(arch, nOut, [height, width], modelOptions);
  if (normalize && pretrained) addNorm(dls, arch, nIn);
  return archLearner(dls, arch, model, pretrained, learnerOptions);
}
