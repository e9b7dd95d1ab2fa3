import { log } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { newestCheckpoint } from './checkpointFolder.js';
import type { FitState } from './fitState.js';
import { storeState } from './storedState.js';

/**
 * The state from which a fit resumes: `null` if there is none, so that it starts from the beginning, and `'done'` if a later part was begun.
 *
 * @param learn Which fit of a method with several it is.
 * @throws LearnerError when the checkpoint is that of another method.
 */
export async function savedFit(
  dir: string,
  { fitPart, fitParts }: { readonly fitPart: number; readonly fitParts: number },
): Promise<FitState | 'done' | null> {
  const saved = await newestCheckpoint(dir);
  if (!saved) return null;
  const { epoch, within, fit } = saved;
  if (fit.parts !== fitParts) {
    tf.dispose([...storeState(saved).tensors.values()]);
    throw new LearnerError(
      `The checkpoint in ${dir} is of another fit: the number of fits of its method is ${fit.parts}, here ${fitParts}. Resume with the same call, or use another folder.`,
    );
  }
  if (fit.part === fitPart) {
    const place = within ? `, batch ${within.iter + 1}` : '';
    log(
      epoch < fit.nEpoch
        ? `Resuming at epoch ${epoch}${place}, from ${dir}.`
        : `All epochs of this fit were trained before: the result is that in ${dir}.`,
    );
    return saved;
  }
  tf.dispose([...storeState(saved).tensors.values()]);
  return fit.part > fitPart ? 'done' : null;
}
