import { log } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { newestCheckpoint } from './checkpointFolder.js';
import type { FitState } from './fitState.js';

/**
 * The state from which a fit resumes: `null` if there is none, so that it starts from the beginning, and `'done'` if a later part was begun.
 *
 * @param part Which fit of a method with several it is, from 0.
 */
export async function savedFit(dir: string, part: number): Promise<FitState | 'done' | null> {
  const saved = await newestCheckpoint(dir);
  if (!saved) return null;
  const { epoch, within, fit } = saved;
  if (fit.part === part) {
    const place = within ? `, batch ${within.iter + 1}` : '';
    log(
      epoch < fit.nEpoch
        ? `Resuming at epoch ${epoch}${place}, from ${dir}.`
        : `All epochs of this fit were trained before: the result is that in ${dir}.`,
    );
    return saved;
  }
  tf.dispose([saved.model, saved.grads, ...saved.optimizer.parameters.map(({ tensors }) => tensors)]);
  return fit.part > part ? 'done' : null;
}
