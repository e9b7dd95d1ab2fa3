/** How good a model is, measured in the same way for all steps. */
import { accuracy, BalancedAccuracy, log, overconfidence, tf } from 'fastts';
import type { Competition } from './competition.js';
import type { LeafLearner } from './networks.js';

/** A row of the closing table. */
export interface Row {
  step: string;
  /** Seconds of training; undefined if nothing was trained. */
  seconds?: number;
  /** By the labels of `train.csv`, on pictures that the model was not trained with. */
  valid?: Scores;
  /** By the right labels of the test pictures; only of drawn leaves. */
  test?: Scores;
}

/** Scores of predictions, from 0 to 1. */
export interface Scores {
  accuracy: number;
  /** The mean accuracy of the classes. */
  balanced: number;
  /** Mean confidence minus accuracy. */
  overconfidence: number;
}

/** The scores of probabilities `[n, classes]`; both tensors are disposed of. */
export async function scoresOf(preds: tf.Tensor, targs: tf.Tensor): Promise<Scores> {
  const chosen = tf.argMax(preds, 1);
  const right = accuracy(preds, targs);
  try {
    return {
      accuracy: (await right.data())[0]!,
      balanced: await new BalancedAccuracy().compute(chosen, targs),
      overconfidence: await overconfidence(preds, targs),
    };
  } finally {
    tf.dispose([preds, targs, chosen, right]);
  }
}

/** The scores of a model on the first fold and on the test pictures. */
export async function scoreModel(
  { test }: Competition,
  learn: LeafLearner,
  { tta = false } = {},
): Promise<Pick<Row, 'valid' | 'test'>> {
  const valid = await scoresOf(...(await (tta ? learn.tta() : learn.getPreds())));
  if (!test) return { valid };
  const dl = learn.dls.testDl(test, { withLabels: true });
  return { valid, test: await scoresOf(...(await (tta ? learn.tta({ dl }) : learn.getPreds({ dl })))) };
}

/** Trains a model, scores it, and frees it. */
export async function trial(
  competition: Competition,
  step: string,
  train: () => Promise<LeafLearner>,
): Promise<Row> {
  log(`\n## ${step}`);
  const start = performance.now();
  const learn = await train();
  const seconds = (performance.now() - start) / 1000;
  const row = { step, seconds, ...(await scoreModel(competition, learn)) };
  learn.dispose();
  return row;
}
