import { FileFormatError, isCount, isRecord, loadSafetensors, saveSafetensors } from '@fastts/core';
import type { SkippedItem } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';

/** An item that could not be loaded. */
export type UnreadableItem = Pick<SkippedItem, 'index' | 'path' | 'reason'>;

/** The predictions of one fold's items by the learner that was trained on the others. */
export interface FoldPredictions {
  /** What else they depend on, which must be the same when a run continues: the items, the model, the kind of prediction. */
  readonly source: Readonly<Record<string, string>>;
  /** The index of each row's item among all items. */
  readonly indices: readonly number[];
  /** The items that could not be loaded, whose rows are NaN. */
  readonly skipped: readonly UnreadableItem[];
  /** The model's outputs, `[n, …]`. */
  readonly outputs: tf.Tensor;
  /** The predictions by test-time augmentation, if wanted. */
  readonly augmented: tf.Tensor | undefined;
  readonly targets: readonly tf.Tensor[];
}

/** Writes a fold's predictions atomically. */
export async function writeFoldPredictions(path: string, fold: FoldPredictions): Promise<void> {
  const { outputs, augmented, targets, ...rest } = fold;
  const tensors = new Map(targets.map((target, k) => [`targets.${k}`, target]));
  tensors.set('outputs', outputs);
  if (augmented) tensors.set('augmented', augmented);
  await saveSafetensors(path, tensors, { [KEY]: JSON.stringify(rest) });
}

/**
 * Reads a fold's predictions, whose tensors belong to the caller.
 *
 * @throws FileFormatError when the file is damaged, or does not contain predictions of a fold.
 */
export async function readFoldPredictions(path: string): Promise<FoldPredictions> {
  const { tensors, metadata } = await loadSafetensors(path);
  const rest = parsed(metadata[KEY]);
  const outputs = tensors.get('outputs');
  if (!outputs || !isDescription(rest)) {
    tf.dispose([...tensors.values()]);
    throw new FileFormatError(
      `${path} does not contain the predictions of a fold: remove it to train the fold again.`,
    );
  }
  const targets = [...tensors.keys()]
    .filter((name) => name.startsWith('targets.'))
    .sort((a, b) => Number(a.slice(8)) - Number(b.slice(8)))
    .map((name) => tensors.get(name)!);
  return { ...rest, outputs, augmented: tensors.get('augmented'), targets };
}

/** Frees the tensors. */
export function disposePredictions({
  outputs,
  augmented,
  targets,
}: Pick<FoldPredictions, 'outputs' | 'augmented' | 'targets'>): void {
  tf.dispose([outputs, augmented ?? [], ...targets]);
}

const KEY = 'fastts.fold.1';

function parsed(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isDescription(value: unknown): value is Pick<FoldPredictions, 'source' | 'indices' | 'skipped'> {
  return (
    isRecord(value) &&
    isRecord(value.source) &&
    Array.isArray(value.indices) &&
    value.indices.every(isCount) &&
    Array.isArray(value.skipped)
  );
}
