import { LabelError } from './errors.js';
import { nearestLabel } from './nearestLabel.js';

/** A label as a labeller gives it. */
export type Label = string | number | boolean;

/** Settings of {@link CategoryMap}. */
export interface CategoryMapOptions {
  /** Sort the labels, words as words and numbers as numbers (default true). */
  sort?: boolean;
  /** Put `#na#` first (default false). */
  addNa?: boolean;
}

/**
 * A vocabulary: the labels there are, each with its number. What stands for a missing label (`null`,
 * `undefined`, `NaN`) is none.
 *
 * Source: fastai `data/transforms.py`, `CategoryMap`.
 */
export class CategoryMap {
  /** The labels, each at the number that stands for it. */
  readonly items: string[];
  private readonly numbers: ReadonlyMap<string, number>;

  /** @param labels may hold a label several times */
  constructor(labels: Iterable<unknown>, { sort = true, addNa = false }: CategoryMapOptions = {}) {
    const unique = [...new Set(labels)].filter((label) => !isMissing(label)) as Label[];
    if (sort) unique.sort(unique.every((l) => typeof l === 'number') ? (a, b) => +a - +b : undefined);
    this.items = [...(addNa ? ['#na#'] : []), ...unique.map(String)];
    this.numbers = new Map(this.items.map((label, i) => [label, i]));
  }

  /** The label's number; `undefined` for one that is not in the vocabulary. */
  numberOf(label: unknown): number | undefined {
    return isMissing(label) ? undefined : this.numbers.get(String(label));
  }

  /** The error for a label that is not in the vocabulary; `remedy` says what else there is to do about it. */
  unknown(label: unknown, remedy: string): LabelError {
    if (isMissing(label)) return new LabelError(`The label is missing (${label}): leave the item out.`);
    const nearest = nearestLabel(String(label), this.items);
    return new LabelError(
      nearest === undefined
        ? `Label '${label}' is not in the vocabulary, which is empty: give vocab, or training items.`
        : `Label '${label}' is not in the vocabulary of ${this.items.length}; the nearest is '${nearest}'. ` +
            `Correct the label, let the training set have it, or ${remedy}.`,
    );
  }
}

function isMissing(label: unknown): boolean {
  return label === null || label === undefined || Number.isNaN(label);
}
