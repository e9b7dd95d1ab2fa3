import {
  accuracy,
  CrossEntropyLossFlat,
  type DataLoaders,
  Learner,
  type LearnerOptions,
  visionLearner,
} from '../index.js';
import { type ArchName, architectures, untrained } from './architectures.js';
import type { PicturesOptions } from './fasttsCommand.js';

/** Whether the network starts from pretrained weights. */
export function isPretrained({ pretrained = false, weights }: PicturesOptions): boolean {
  return pretrained || weights !== undefined;
}

/** The requested architecture; by default a fast one, or, if pretrained, one with pretrained weights. */
export function archOf(options: PicturesOptions): ArchName {
  return options.arch ?? (isPretrained(options) ? 'resnet34' : 'xresnet18');
}

/** A learner for image classification, with a new or a pretrained network. */
export async function classifier(
  dls: DataLoaders,
  options: PicturesOptions,
  { path }: Pick<LearnerOptions, 'path'> = {},
): Promise<Learner> {
  const name = archOf(options);
  const settings = { lossFunc: new CrossEntropyLossFlat(), metrics: accuracy, path };
  if (!isPretrained(options)) return new Learner(dls, untrained(name, dls.c), settings);
  return visionLearner(dls, architectures[name], { ...settings, weights: options.weights });
}
