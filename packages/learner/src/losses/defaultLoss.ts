import { DataLoaders } from '@fastts/data';
import { LearnerError } from '../errors.js';
import type { LearnerData } from '../loop/batch.js';
import { BCEWithLogitsLossFlat } from './binaryCrossEntropy.js';
import { CrossEntropyLossFlat } from './crossEntropy.js';
import type { Loss } from './loss.js';
import { MSELossFlat } from './regression.js';

/** The default losses by kind of target. */
const byKind: Readonly<Record<string, () => Loss>> = {
  category: () => new CrossEntropyLossFlat(),
  multiCategory: () => new BCEWithLogitsLossFlat(),
  mask: () => new CrossEntropyLossFlat(),
  regression: () => new MSELossFlat(),
  point: () => new MSELossFlat(),
};

/**
 * The default loss for the data's target.
 *
 * @throws LearnerError when the data does not specify its kind of target, or there is no default loss for it.
 */
export function defaultLoss(dls: LearnerData<unknown, unknown>): Loss {
  const loss = findDefaultLoss(dls);
  if (loss) return loss;
  const kind = targetKind(dls);
  throw new LearnerError(
    `There is no default loss for ${kind ? `targets of kind '${kind}'` : 'this data'}: pass lossFunc, such as new CrossEntropyLossFlat().`,
  );
}

/** The default loss for the data's target; `undefined` when the target's kind is unknown or has no default loss. */
export function findDefaultLoss(dls: LearnerData<unknown, unknown>): Loss | undefined {
  return byKind[targetKind(dls) ?? '']?.();
}

function targetKind(dls: LearnerData<unknown, unknown>): string | undefined {
  if (!(dls instanceof DataLoaders)) return undefined;
  const { blocks, nInp } = dls.train.dataset;
  return blocks.slice(nInp).at(-1)?.kind;
}
