import { node, tensorsIn } from '@fastts/core';
import type { DataLoader } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import type { TtaSettings } from '../predictions/tta.js';
import type { FoldFiles } from './fold.js';
import { disposePredictions, type FoldPredictions, writeFoldPredictions } from './foldPredictions.js';
import { type Scoring, scoreFold } from './scoreFold.js';

/** What {@link finishFold} needs besides the trained learner. */
export interface FoldSettings extends Pick<FoldPredictions, 'source'> {
  /** The fold's items. */
  valid: DataLoader<unknown, unknown>;
  scoring: Scoring;
  tta: boolean | TtaSettings;
}

/**
 * Exports the trained learner of a fold, and writes its predictions of the fold's items: then the fold is done.
 *
 * @returns Its loss and metrics as text.
 */
export async function finishFold(
  fold: FoldFiles<unknown>,
  learn: AnyLearner,
  { source, valid, scoring, tta }: FoldSettings,
): Promise<string> {
  await learn.export(node.path.resolve(fold.file));
  const [outputs, targs] = await learn.getPreds({ dl: valid, unreadable: 'nan', act: (pred) => pred });
  const { indices } = valid.dataset;
  const skipped = valid.skipped.map(({ position, path, reason }) => ({
    index: indices[position]!,
    path,
    reason,
  }));
  const targets = tensorsIn(targs);
  let augmented: tf.Tensor | undefined;
  try {
    if (tta) augmented = await augmentedPreds(learn, valid, tta);
    const predictions = { source, indices, skipped, outputs, augmented, targets };
    await writeFoldPredictions(fold.predictionsFile, predictions);
    await fold.removeCheckpoints();
    const metrics = await scoreFold(scoring, predictions);
    return metrics.map(([name, value]) => `${name} ${value.toFixed(6)}`).join(', ');
  } finally {
    disposePredictions({ outputs, augmented, targets });
  }
}

async function augmentedPreds(
  learn: AnyLearner,
  dl: DataLoader<unknown, unknown>,
  tta: true | TtaSettings,
): Promise<tf.Tensor> {
  const [preds, targs] = await learn.tta({ dl, unreadable: 'nan', ...(tta !== true && tta) });
  tf.dispose(tensorsIn(targs));
  return preds;
}
