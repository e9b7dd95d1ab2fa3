import { type Figure, type ItemGridOptions, itemGrid, type Pixels, tensorsIn } from '@fastts/core';
import { DataLoaders, itemsOf, type Label, toCells } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import type { AnyLearner } from '../../learner.js';
import { checkFinite } from '../../predictions/predict.js';
import { type ClassActivation, classActivations, type GradCamOptions } from './classActivation.js';
import { enlarge } from './enlarge.js';

/** Options of {@link plotGradCams}. */
export interface PlotGradCamsOptions extends ItemGridOptions {
  /** Whether to also show each picture without its map, beside it (default false). */
  beside?: boolean;
}

/** Where a network saw a class in a picture: the result of {@link gradCam}. */
export class GradCam implements ClassActivation {
  readonly label: Label;
  readonly index: number;
  readonly probability: number;
  readonly map: number[][];
  readonly layer: string;
  /** The map enlarged to the picture's size. */
  readonly enlarged: number[][];

  /** @param picture The picture as the network saw it: cropped and resized by the transforms of validation, not normalized. */
  constructor(
    activation: ClassActivation,
    readonly picture: Pixels,
  ) {
    this.label = activation.label;
    this.index = activation.index;
    this.probability = activation.probability;
    this.map = activation.map;
    this.layer = activation.layer;
    this.enlarged = enlarge(activation.map, picture.height, picture.width);
  }

  /** A figure of the map over the picture, with the class and its probability. */
  plot(options: PlotGradCamsOptions = {}): Promise<Figure> {
    return plotGradCams([this], { cellSize: 320, ...options });
  }
}

/**
 * Shows where a network sees a class in a picture (Grad-CAM): which places of the last convolution's output raise the score of the
 * class.
 *
 * The map is `relu(Σ_k w_k A_k)`, divided by its maximum: `A_k` are the layer's channels, `w_k` the means over height and width of
 * the gradients of the class's score, before softmax. It is all 0 if nothing raises the score. The learner is unchanged
 * afterwards: its weights, statistics, modes and gradients. It works for frozen models, and during a fit.
 *
 * Source: Selvaraju et al. 2017, "Grad-CAM"; fastai book, chapter 18.
 *
 * @param picture What `learn.predict` accepts, such as an image's path, the bytes of its file, or its pixels.
 * @throws LearnerError when the learner is not a classifier of images, or it has no such class or layer.
 * @throws NonFiniteError when the model's output has values that are NaN or infinite.
 * @example
 * const cam = await gradCam(learn, 'church.jpg');
 * await (await cam.plot()).save('cam.png');
 * const other = await gradCam(learn, 'church.jpg', { cls: 'gas pump' });
 */
export async function gradCam(
  learn: AnyLearner,
  picture: unknown,
  options: GradCamOptions = {},
): Promise<GradCam> {
  const [cam] = await gradCamBatch(learn, [picture], options);
  return cam!;
}

/**
 * The same as {@link gradCam} for several pictures, computed in batches.
 *
 * @example
 * const cams = await gradCamBatch(learn, getImageFiles('holiday'));
 * await (await plotGradCams(cams)).save('cams.png');
 */
export async function gradCamBatch(
  learn: AnyLearner,
  pictures: readonly unknown[],
  options: GradCamOptions = {},
): Promise<GradCam[]> {
  const { dls } = learn;
  if (!(dls instanceof DataLoaders)) {
    throw new LearnerError('gradCam requires DataLoaders, which can convert a picture to an input.');
  }
  const dl = dls.testDl(pictures);
  const cams: GradCam[] = [];
  // A separate seed, so that a fit continues with the same random numbers as without this.
  for await (const batch of dl.pass({ seed: 0, done: 0, skipped: [] })) {
    const [x] = batch;
    try {
      const inputs = tensorsIn(x);
      const activations = await classActivations(learn, inputs, options, async (pred) =>
        checkFinite(learn, pred, inputs, itemsOf(batch)!),
      );
      const decoded = await dl.decodeBatch([x, undefined], { maxN: activations.length });
      const shown = await Promise.all(
        decoded.map((values) => Promise.all(values.map((value, k) => dl.dataset.blocks[k]!.show(value)))),
      );
      for (const [i, parts] of shown.entries()) {
        const [cell] = toCells(parts);
        if (!cell)
          throw new LearnerError('gradCam needs pictures, but the inputs of the data have no images.');
        cams.push(new GradCam(activations[i]!, cell.image));
      }
    } finally {
      tf.dispose(tensorsIn(x));
    }
  }
  return cams;
}

/**
 * A figure of pictures with their maps over them, each with its class and probability.
 *
 * @throws ArgumentError when there are none.
 */
export function plotGradCams(
  cams: readonly GradCam[],
  { beside = false, ...layout }: PlotGradCamsOptions = {},
): Promise<Figure> {
  const items = cams.map(({ picture, enlarged, label, probability }) => {
    const title = `${label} / ${probability.toFixed(2)}`;
    const over = { image: picture, heat: enlarged };
    return beside ? [{ image: picture, title }, over] : [{ ...over, title }];
  });
  return itemGrid(items, { title: 'Grad-CAM: Class / Probability', ...layout });
}
