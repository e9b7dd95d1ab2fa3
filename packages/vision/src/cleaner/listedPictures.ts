import { composed, type Label } from '@fastts/data';
import { unknownLabel } from './checkPreds.js';
import type { CleanerItem } from './cleanerItems.js';
import { type CleanerPicture, statesOf } from './cleanerPicture.js';
import type { LabelStore } from './labelStore.js';

/** A picture that has no number yet. */
export type NewPicture = Omit<CleanerPicture, 'number' | 'listed'>;

/**
 * The pictures that are in the data, with their present labels, what was decided about them in earlier sessions, and losses.
 *
 * @throws LabelError when a label is not a class.
 */
export async function listedPictures(
  items: readonly CleanerItem[],
  rows: readonly ArrayLike<number>[],
  vocab: readonly Label[],
  store: LabelStore,
): Promise<NewPicture[]> {
  const now = await store.labelsNow();
  const states = statesOf(await store.log.changes());
  const index = new Map(vocab.map((label, i) => [String(label), i]));
  const pictures: NewPicture[] = [];
  for (const [i, { path, label, split = 'train' }] of items.entries()) {
    const place = store.placeOf(path);
    const named = composed(now.get(place) ?? String(label));
    if (named === '') continue;
    const given = index.get(named);
    if (given === undefined) throw unknownLabel(path, named, vocab);
    const outcome = outcomeOf(rows[i]!, given, vocab);
    pictures.push({ path, split, label: vocab[given]!, ...outcome, state: states.get(place) ?? 'new' });
  }
  return pictures;
}

/** Prediction and cross entropy of a row of probabilities; of NaN, nothing. */
function outcomeOf(
  row: ArrayLike<number>,
  given: number,
  vocab: readonly Label[],
): Pick<CleanerPicture, 'predicted' | 'confidence' | 'loss'> {
  if (Number.isNaN(row[0])) return { predicted: null, confidence: null, loss: null };
  const best = indexOfMax(row);
  const loss = -Math.log(Math.max(row[given]!, SMALLEST));
  return { predicted: vocab[best]!, confidence: row[best]!, loss };
}

/** The smallest probability whose logarithm is taken: zeros are rounded numbers. */
const SMALLEST = 1e-12;

function indexOfMax(row: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i]! > row[best]!) best = i;
  return best;
}
