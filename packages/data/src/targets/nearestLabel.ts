import { composed } from '../items/composed.js';

/** The label in `known` with the smallest edit distance to `label`; `undefined` if `known` is empty. */
export function nearestLabel(label: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const changes = editDistance(comparable(label), comparable(candidate));
    if (changes < fewest) [best, fewest] = [candidate, changes];
  }
  return best;
}

function comparable(text: string): string {
  return composed(text).toLowerCase();
}

/** Levenshtein distance, row by row (Wagner and Fischer 1974). */
function editDistance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
