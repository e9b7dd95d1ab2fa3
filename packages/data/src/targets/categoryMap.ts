import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';
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
 * `undefined`, `NaN`) is none; labels that read alike, as `1` and `'1'`, are one.
 *
 * Source: fastai `data/transforms.py`, `CategoryMap`.
 */
export class CategoryMap {
  /** The labels, each at the number that stands for it. */
  readonly items: string[];
  private readonly numbers: ReadonlyMap<string, number>;

  /**
   * @param labels may hold a label several times
   * @throws LabelError for something that is no label, such as a list
   */
  constructor(labels: Iterable<unknown>, { sort = true, addNa = false }: CategoryMapOptions = {}) {
    const known = [...new Set(labels)].filter((label) => !isMissing(label));
    const unique = [...new Map(known.map((label) => [String(checked(label)), label as Label])).values()];
    if (sort) unique.sort(unique.every((l) => typeof l === 'number') ? (a, b) => +a - +b : undefined);
    this.items = [...(addNa ? ['#na#'] : []), ...unique.map(String)];
    this.numbers = new Map(this.items.map((label, i) => [label, i]));
  }

  /**
   * The label's number; `undefined` for one that is not in the vocabulary.
   *
   * @throws LabelError for something that is no label, such as a list
   */
  numberOf(label: unknown): number | undefined {
    return isMissing(label) ? undefined : this.numbers.get(String(checked(label)));
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

function checked(label: unknown): Label {
  if (typeof label === 'string' || typeof label === 'number' || typeof label === 'boolean') return label;
  throw new LabelError(
    `A label must be text, a number or a boolean; got ${describeValue(label)}: ` +
      'give a getY that makes one of it, or MultiCategoryBlock for several labels an item.',
  );
}

function isMissing(label: unknown): boolean {
  return label === null || label === undefined || Number.isNaN(label);
}
