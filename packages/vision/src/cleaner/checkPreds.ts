import { DataError, type Label, LabelError } from '@fastts/data';
import type { CleanerItem } from './cleanerItems.js';

/** @throws LabelError when an item has a label that is not a class. */
export function checkLabels(items: readonly CleanerItem[], vocab: readonly Label[]): void {
  const known = new Set(vocab.map(String));
  const wrong = items.find(({ label }) => !known.has(String(label)));
  if (wrong) throw unknownLabel(wrong.path, String(wrong.label), vocab);
}

export function unknownLabel(path: string, label: string, vocab: readonly Label[]): LabelError {
  return new LabelError(
    `${path} has the label '${label}', which is not a class of the model (${vocab.join(', ')}): use a model that was trained with these classes, or remove the picture.`,
  );
}

/** @throws DataError when there is not one row of class probabilities per item. */
export function checkRows(
  rows: readonly ArrayLike<number>[],
  items: readonly CleanerItem[],
  vocab: readonly Label[],
): void {
  if (rows.length !== items.length) {
    throw new DataError(
      `preds must have one row per item, got ${rows.length} rows for ${items.length} items.`,
    );
  }
  const wrong = rows.findIndex((row) => !isDistribution(row, vocab.length));
  if (wrong === -1) return;
  throw new DataError(
    `Row ${wrong} of preds must have ${vocab.length} class probabilities, which sum to 1, got ${Array.from(rows[wrong]!).slice(0, 5).join(', ')}${rows[wrong]!.length > 5 ? ', …' : ''}: apply the softmax, and pass the vocab of the model.`,
  );
}

function isDistribution(row: ArrayLike<number>, classes: number): boolean {
  if (row.length !== classes) return false;
  const values = Array.from(row);
  if (values.every(Number.isNaN)) return true;
  const sum = values.reduce((total, value) => total + value, 0);
  return values.every((value) => value >= -1e-6) && Math.abs(sum - 1) < 0.01;
}
