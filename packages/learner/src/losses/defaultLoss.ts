import { DataLoaders } from '@fastts/data';
import { LearnerError } from '../errors.js';
import type { LearnerData } from '../loop/batch.js';
import { BCEWithLogitsLossFlat } from './binaryCrossEntropy.js';
import { CrossEntropyLossFlat } from './crossEntropy.js';
import type { Loss } from './loss.js';
import { MSELossFlat } from './regression.js';

/** The loss for each kind of target that has a usual one. */
const byKind: Readonly<Record<string, () => Loss>> = {
  category: () => new CrossEntropyLossFlat(),
  multiCategory: () => new BCEWithLogitsLossFlat(),
  mask: () => new CrossEntropyLossFlat(),
  regression: () => new MSELossFlat(),
  point: () => new MSELossFlat(),
};

/**
 * The usual loss for the data's target.
 *
 * @throws LearnerError when the data does not say what its target is, or there is no usual loss for it
 */
export function defaultLoss(dls: LearnerData<unknown, unknown>): Loss {
  const kind = dls instanceof DataLoaders ? dls.blocks.at(-1)?.kind : undefined;
  const make = kind && byKind[kind];
  if (!make) {
    throw new LearnerError(
      `There is no usual loss for ${kind ? `targets of kind '${kind}'` : 'this data'}: give lossFunc, such as new CrossEntropyLossFlat().`,
    );
  }
  return make();
}
