import type * as tf from '@tensorflow/tfjs-core';
import { mean } from '../weightedMean.js';
import type { Average } from './labelScore.js';

/** Rates how well scores separate the items of a class, for which `truth` is 1, from the others. */
export type BinaryScore = (
  scores: readonly number[],
  truth: readonly number[],
  sampleWeight?: readonly number[],
) => number;

/**
 * A binary score, averaged over several labels.
 *
 * Source: scikit-learn `metrics/_base.py`, `_average_binary_score`.
 *
 * @param scores Scores, `[n, labels]`.
 * @param truth 1 where an item has a label and 0 where not, `[n, labels]`.
 */
export function averageBinary(
  score: BinaryScore,
  { shape, values }: tf.TensorBuffer<tf.Rank>,
  truth: ArrayLike<number>,
  average: Exclude<Average, 'binary'>,
  sampleWeight?: readonly number[],
): number {
  const [n = 0, labels = 0] = shape;
  const rows = [...Array(n).keys()];
  const columns = [...Array(labels).keys()];
  const row = (of: ArrayLike<number>, i: number) => columns.map((k) => of[i * labels + k]!);
  const column = (of: ArrayLike<number>, k: number) => rows.map((i) => of[i * labels + k]!);
  switch (average) {
    case 'micro':
      return score(
        Array.from(values),
        Array.from(truth),
        sampleWeight?.flatMap((weight) => columns.map(() => weight)),
      );
    case 'samples':
      return mean(
        rows.map((i) => score(row(values, i), row(truth, i))),
        sampleWeight,
      );
    default: {
      const scores = columns.map((k) => score(column(values, k), column(truth, k), sampleWeight));
      if (average === 'macro') return mean(scores);
      const positives = columns.map((k) =>
        column(truth, k).reduce((sum, value, i) => sum + value * (sampleWeight?.[i] ?? 1), 0),
      );
      return positives.every((count) => count === 0) ? 0 : mean(scores, positives);
    }
  }
}
