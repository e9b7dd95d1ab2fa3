import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { checkSampleWeight, mean } from '../weightedMean.js';

/** The weight of items predicted as a label, of items that have it, and of items that are both. */
export interface LabelCounts {
  predicted: number;
  actual: number;
  both: number;
}

/**
 * How the labels' scores are averaged: `'binary'` is the score of `posLabel`; `'micro'` is the score of the summed counts;
 * `'macro'` is the mean; `'weighted'` is the mean weighted by the labels' frequency; `'samples'` is the mean over items.
 */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | 'samples';

/** Settings of {@link labelScore}. */
export interface LabelScoreSettings {
  average: Average;
  /** The labels to include (default: all that occur). */
  labels?: readonly number[];
  /** The positive label if `average` is `'binary'` (default 1). */
  posLabel?: number;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/**
 * A score computed from each label's counts, averaged over labels.
 *
 * Source: scikit-learn `metrics/_classification.py`, `precision_recall_fscore_support`.
 *
 * @param preds Label indices `[n]`, or whether each item has each label `[n, labels]`.
 * @param targs In the same form.
 */
export function labelScore(
  preds: tf.TensorBuffer<tf.Rank>,
  targs: tf.TensorBuffer<tf.Rank>,
  score: (counts: LabelCounts) => number,
  { average, labels, posLabel = 1, sampleWeight }: LabelScoreSettings,
): number {
  checkSampleWeight(sampleWeight, preds.shape[0]!);
  if (average === 'samples') return mean(countRows(preds, targs, labels).map(score), sampleWeight);
  const byLabel =
    preds.shape.length > 1
      ? countColumns(preds, targs, sampleWeight)
      : countLabels(preds.values, targs.values, sampleWeight);
  if (average === 'binary') {
    checkBinary(byLabel, posLabel);
    return score(byLabel.get(posLabel) ?? nothing);
  }
  const chosen = labels ? labels.map((label) => byLabel.get(label) ?? nothing) : [...byLabel.values()];
  if (average === 'micro') return score(chosen.reduce(sum, nothing));
  return mean(chosen.map(score), average === 'weighted' ? chosen.map(({ actual }) => actual) : undefined);
}

/** The counts of each label that occurs, in ascending order. */
export function countLabels(
  preds: ArrayLike<number>,
  targs: ArrayLike<number>,
  sampleWeight?: readonly number[],
): Map<number, LabelCounts> {
  const counts = new Map<number, LabelCounts>();
  const of = (label: number) => {
    const found = counts.get(label) ?? { predicted: 0, actual: 0, both: 0 };
    counts.set(label, found);
    return found;
  };
  for (let i = 0; i < targs.length; i++) {
    const weight = sampleWeight?.[i] ?? 1;
    const [predicted, actual] = [of(preds[i]!), of(targs[i]!)];
    predicted.predicted += weight;
    actual.actual += weight;
    if (predicted === actual) actual.both += weight;
  }
  return new Map([...counts].sort(([a], [b]) => a - b));
}

/** `part / whole`, or 0 if `whole` is 0. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

const nothing: Readonly<LabelCounts> = { predicted: 0, actual: 0, both: 0 };

function sum(a: LabelCounts, b: LabelCounts): LabelCounts {
  return { predicted: a.predicted + b.predicted, actual: a.actual + b.actual, both: a.both + b.both };
}

function countColumns(
  { shape, values: preds }: tf.TensorBuffer<tf.Rank>,
  { values: targs }: tf.TensorBuffer<tf.Rank>,
  sampleWeight?: readonly number[],
): Map<number, LabelCounts> {
  const [n = 0, labels = 0] = shape;
  const counts = Array.from({ length: labels }, () => ({ ...nothing }));
  for (let i = 0; i < n; i++) {
    for (const [k, count] of counts.entries()) {
      tally(count, preds[i * labels + k]!, targs[i * labels + k]!, sampleWeight?.[i]);
    }
  }
  return new Map(counts.entries());
}

function countRows(
  { shape, values: preds }: tf.TensorBuffer<tf.Rank>,
  { values: targs }: tf.TensorBuffer<tf.Rank>,
  chosen?: readonly number[],
): LabelCounts[] {
  const [n = 0, labels = 0] = shape;
  const columns = chosen ?? [...Array(labels).keys()];
  return Array.from({ length: n }, (_, i) => {
    const count = { ...nothing };
    for (const k of columns) tally(count, preds[i * labels + k]!, targs[i * labels + k]!);
    return count;
  });
}

function tally(count: LabelCounts, pred: number, targ: number, weight = 1): void {
  if (pred) count.predicted += weight;
  if (targ) count.actual += weight;
  if (pred && targ) count.both += weight;
}

function checkBinary(byLabel: ReadonlyMap<number, LabelCounts>, posLabel: number): void {
  if (byLabel.size > 2) {
    throw new LearnerError(
      `The average 'binary' is for two classes, but there are ${byLabel.size}: set average to 'macro', 'micro' or 'weighted'.`,
    );
  }
  if (byLabel.size === 2 && !byLabel.has(posLabel)) {
    throw new LearnerError(
      `posLabel ${posLabel} is not among the labels, which are ${[...byLabel.keys()].join(' and ')}.`,
    );
  }
}
