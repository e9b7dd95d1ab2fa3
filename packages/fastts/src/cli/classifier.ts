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

/** Whether the network begins with weights that were trained before. */
export function isPretrained({ pretrained = false, weights }: PicturesOptions): boolean {
  return pretrained || weights !== undefined;
}

/** The network that is asked for, or else one that is quick to train, or fit for a head of its own. */
export function archOf(options: PicturesOptions): ArchName {
  return options.arch ?? (isPretrained(options) ? 'resnet34' : 'xresnet18');
}

/** A learner that tells classes of pictures apart, with a network from scratch or one that was trained before. */
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
