import {
  type Arch,
  type CallbacksFor,
  type DataLoaders,
  Learner,
  type LearnerOptions,
  type Module,
  resnet18,
  resnet34,
  resnet50,
  type tf,
  visionLearner,
  xresnet18,
  xresnet34,
} from 'fastts';
import type { Leaf } from './layout.js';

/** The data loaders of leaves, and a learner with them. */
export type LeafData = DataLoaders<tf.Tensor4D, tf.Tensor1D, string, Leaf>;
export type LeafLearner = Learner<tf.Tensor4D, tf.Tensor1D, LeafData>;

/** Networks with weights trained on ImageNet. The group also used VGG16, which the library does not have yet. */
const pretrained: Record<string, Arch> = { resnet18, resnet34, resnet50 };

/** Networks with random weights. The small ones have half as many channels: they train fast on a CPU. */
const untrained: Record<string, (nOut: number) => Module> = {
  small18: (nOut) => xresnet18({ nOut, widen: 0.5, stemSzs: [16, 16, 64] }),
  small34: (nOut) => xresnet34({ nOut, widen: 0.5, stemSzs: [16, 16, 64] }),
  xresnet18: (nOut) => xresnet18({ nOut }),
  xresnet34: (nOut) => xresnet34({ nOut }),
};

export const networkNames = [...Object.keys(pretrained), ...Object.keys(untrained)];

/** A learner with the network of a name, one of `networkNames`. */
export async function newLearner(
  name: string,
  dls: LeafData,
  options: LearnerOptions<tf.Tensor4D, tf.Tensor1D>,
): Promise<LeafLearner> {
  const arch = pretrained[name];
  return arch ? visionLearner(dls, arch, options) : new Learner(dls, untrained[name]!(dls.c), options);
}

/** Options of {@link trainModel}. */
export interface TrainOptions {
  /** The highest learning rate (default: one that suits the networks here). */
  lr?: number;
  cbs?: CallbacksFor<tf.Tensor4D, tf.Tensor1D>;
}

/** Trains all of the network; before, if it is pretrained, its head. */
export function trainModel(
  name: string,
  learn: LeafLearner,
  epochs: number,
  { lr = name in pretrained ? 3e-3 : 6e-3, cbs }: TrainOptions = {},
): Promise<void> {
  return name in pretrained ? learn.fineTune(epochs, lr, { cbs }) : learn.fitOneCycle(epochs, lr, { cbs });
}
