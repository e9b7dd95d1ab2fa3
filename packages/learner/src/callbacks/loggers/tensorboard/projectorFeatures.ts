import { type Hook, hookOutput, type Module, type Pixels, Sequential } from '@fastts/core';
import { DataLoaders } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../../errors.js';
import type { AnyLearner } from '../../../learner.js';
import type { SummaryWriter } from './summaryWriter.js';

/** The maximum side of TensorBoard's sprite image of all items. */
const LONGEST_SIDE = 8192;

/**
 * Collects the items of a pass for TensorBoard's projector: a layer's output per item, its image if the input is
 * one, and its class name if the target is a class.
 *
 * Source: fastai `callback/tensorboard.py`, `_add_projector_features`.
 */
export class ProjectorFeatures {
  private readonly hook: Hook<tf.Tensor>;
  private readonly vectors: number[][] = [];
  private readonly labels: string[] = [];
  private readonly pictures: Pixels[] = [];

  /** @throws LearnerError when no layer is given and the model has no head with a second layer. */
  constructor(
    private readonly learn: AnyLearner,
    layer: Module = secondOfHead(learn.model),
  ) {
    this.hook = hookOutput(layer);
  }

  /** Adds the model's current batch. */
  async add(): Promise<void> {
    const { learn } = this;
    const { stored } = this.hook;
    if (!stored || !learn.hasPred) return;
    const flat = tf.reshape<tf.Rank.R2>(stored, [stored.shape[0]!, -1]);
    this.vectors.push(...(await flat.array()));
    flat.dispose();
    await this.addLabels();
    await this.addPictures();
  }

  /** Writes the collected items. */
  async write(writer: SummaryWriter, step: number): Promise<void> {
    const { vectors, labels, pictures } = this;
    if (vectors.length === 0) return;
    await writer.addEmbedding(
      { vectors, ...(labels.length > 0 && { labels }), ...(pictures.length > 0 && { pictures }) },
      step,
    );
  }

  dispose(): void {
    this.hook.dispose();
  }

  private async addLabels(): Promise<void> {
    const { dls, targets } = this.learn;
    const [target] = targets;
    if (!(dls instanceof DataLoaders) || target?.rank !== 1 || target.dtype !== 'int32') return;
    const { vocab } = dls;
    if (vocab.length > 0) for (const number of await target.data()) this.labels.push(String(vocab[number]));
  }

  private async addPictures(): Promise<void> {
    const [input] = this.learn.inputs;
    const channels = input?.shape[3];
    if (input?.rank !== 4 || (channels !== 1 && channels !== 3)) return;
    const { width, height } = this.pictures[0] ?? this.cellSize(input as tf.Tensor4D);
    const pixels = tf.tidy(() => stretched(tf.image.resizeBilinear(input as tf.Tensor4D, [height, width])));
    const values = Uint8Array.from(await pixels.data());
    pixels.dispose();
    const each = width * height * channels;
    for (let at = 0; at < values.length; at += each) {
      this.pictures.push({ data: values.subarray(at, at + each), width, height, channels });
    }
  }

  /** At the images' own size, unless all of them together would be too large. */
  private cellSize({ shape: [n, height, width] }: tf.Tensor4D): { width: number; height: number } {
    const columns = Math.ceil(Math.sqrt(n * this.learn.nIter));
    const scale = Math.min(1, LONGEST_SIDE / columns / Math.max(width, height));
    const scaled = (side: number) => Math.max(1, Math.floor(side * scale));
    return { width: scaled(width), height: scaled(height) };
  }
}

/** Scales each image's range of values to 0 to 255. */
function stretched(pictures: tf.Tensor4D): tf.Tensor {
  const flat = tf.reshape(pictures, [pictures.shape[0], -1]);
  const [low, high] = [tf.min(flat, 1, true), tf.max(flat, 1, true)];
  return tf.floor(tf.mul(tf.divNoNan(tf.sub(flat, low), tf.sub(high, low)), 255));
}

function secondOfHead(model: Module): Module {
  const head = model instanceof Sequential && model.length > 1 ? model.at(1) : null;
  if (head instanceof Sequential && head.length > 1) return head.at(1);
  throw new LearnerError(
    "TensorBoard's projector shows the output of the second layer of a model's head, as in visionLearner, but this model has none: set layer, such as model.at(4).",
  );
}
