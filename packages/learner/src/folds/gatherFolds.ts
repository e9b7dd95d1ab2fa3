import * as tf from '@tensorflow/tfjs-core';
import { tableWriter } from '../callbacks/loggers/epochTable.js';
import { mean } from '../metrics/weightedMean.js';
import { joinRows, paddedToLongest } from '../numbers/joinRows.js';
import { CrossValidation, type FoldMetric } from './crossValidation.js';
import type { FoldFiles } from './fold.js';
import { disposePredictions, type FoldPredictions, readFoldPredictions } from './foldPredictions.js';
import { type Scoring, scoreFold } from './scoreFold.js';

/** The predictions of all folds in the order of the items, with the metrics, of which a table is logged. */
export async function gatherFolds(
  folds: readonly FoldFiles<unknown>[],
  items: readonly unknown[],
  scoring: Scoring,
): Promise<CrossValidation> {
  const parts: FoldPredictions[] = [];
  let whole: Whole | undefined;
  try {
    for (const fold of folds) parts.push(await readFoldPredictions(fold.predictionsFile));
    whole = inOrder(parts);
    const metrics = await metricsOf(scoring, parts, whole);
    logTable(metrics);
    const preds = whole.augmented ?? activated(scoring, whole.outputs);
    if (preds !== whole.outputs) whole.outputs.dispose();
    const foldOf: number[] = [];
    for (const [k, { indices }] of parts.entries()) for (const i of indices) foldOf[i] = k;
    const files = folds.map(({ file }) => file);
    const { targets, skipped } = whole;
    return new CrossValidation(preds, targets.length > 1 ? targets : targets[0], {
      items,
      foldOf,
      files,
      metrics,
      skipped,
    });
  } catch (error) {
    if (whole) disposePredictions(whole);
    throw error;
  } finally {
    for (const part of parts) disposePredictions(part);
  }
}

type Whole = Omit<FoldPredictions, 'source'>;

/** The rows of all folds, in the order of the items. */
function inOrder(parts: readonly FoldPredictions[]): Whole {
  const rowOf: number[] = [];
  for (const [row, index] of parts.flatMap(({ indices }) => indices).entries()) rowOf[index] = row;
  const join = (tensors: tf.Tensor[], what: string) =>
    tf.gather(joinRows(tensors, what), tf.tensor1d(rowOf, 'int32'));
  const [first] = parts;
  const tensors = tf.tidy(() => ({
    outputs: join(
      parts.map(({ outputs }) => outputs),
      'predictions',
    ),
    augmented:
      first!.augmented &&
      join(
        parts.map(({ augmented }) => augmented!),
        'predictions',
      ),
    targets: first!.targets.map((_, k) =>
      join(paddedToLongest(parts.map(({ targets }) => targets[k]!)), 'targets'),
    ),
  }));
  const skipped = parts.flatMap((part) => part.skipped).sort((a, b) => a.index - b.index);
  return { ...tensors, indices: [...rowOf.keys()], skipped };
}

async function metricsOf(
  scoring: Scoring,
  parts: readonly FoldPredictions[],
  whole: Whole,
): Promise<FoldMetric[]> {
  const perFold: Awaited<ReturnType<typeof scoreFold>>[] = [];
  for (const part of parts) perFold.push(await scoreFold(scoring, part));
  const outOfFold = await scoreFold(scoring, whole);
  return outOfFold.map(([name, value], m) => {
    const values = perFold.map((fold) => fold[m]![1]);
    const center = mean(values);
    const std = Math.sqrt(mean(values.map((each) => (each - center) ** 2)));
    return { name, values, mean: center, std, outOfFold: value };
  });
}

function activated({ lossFunc }: Scoring, outputs: tf.Tensor): tf.Tensor {
  return typeof lossFunc === 'function' ? outputs : (lossFunc.activation?.(outputs) ?? outputs);
}

function logTable(metrics: readonly FoldMetric[]): void {
  const write = tableWriter();
  const longest = Math.max(...metrics.map(({ name }) => name.length));
  write(['metric'.padEnd(longest), 'mean', 'std', 'out of fold']);
  for (const { name, mean, std, outOfFold } of metrics) write([name, mean, std, outOfFold]);
}
