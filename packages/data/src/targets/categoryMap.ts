import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';
import { composed } from '../items/composed.js';
import { nearestLabel } from './nearestLabel.js';

/** A label as returned by a labeler. */
export type Label = string | number | boolean;

/** The type of a label that may be another one of the same kind: `string` for `'cat'`. */
export type Widened<L extends Label> = L extends string ? string : L extends number ? number : boolean;

/** Settings of {@link CategoryMap}. */
export interface CategoryMapOptions {
  /** Whether to sort the labels, words alphabetically and numbers numerically (default true). */
  sort?: boolean;
  /** Whether to put `#na#` first (default false). */
  addNa?: boolean;
}

/**
 * A vocabulary, which maps labels to indices and keeps their type: the label 3 stays a number. Missing labels (`null`,
 * `undefined`, `NaN`) are not part of it; labels with the same text, such as `1` and `'1'`, are the same, also if their
 * accents are encoded differently.
 *
 * Source: fastai `data/transforms.py`, `CategoryMap`.
 */
export class CategoryMap {
  /** The labels, by index. */
  readonly items: Label[];
  private readonly numbers: ReadonlyMap<string, number>;

  /**
   * @param labels The labels, which may repeat.
   * @throws LabelError when a value is not a label, such as a list.
   */
  constructor(labels: Iterable<unknown>, { sort = true, addNa = false }: CategoryMapOptions = {}) {
    const known = [...new Set(labels)].filter((label) => !isMissing(label));
    const byText = new Map<string, Label>();
    for (const label of known)
      if (!byText.has(textOf(label))) byText.set(textOf(label), composed(checked(label)));
    const unique = [...byText.values()];
    if (sort) unique.sort(unique.every((l) => typeof l === 'number') ? (a, b) => +a - +b : undefined);
    this.items = [...(addNa ? ['#na#'] : []), ...unique];
    this.numbers = new Map(this.items.map((label, i) => [textOf(label), i]));
  }

  /**
   * The label's index; `undefined` if it is not in the vocabulary.
   *
   * @throws LabelError when a value is not a label, such as a list.
   */
  numberOf(label: unknown): number | undefined {
    return isMissing(label) ? undefined : this.numbers.get(textOf(label));
  }

  /** The error for a label that is not in the vocabulary; `remedy` is a further way to fix it. */
  unknown(label: unknown, remedy: string): LabelError {
    if (isMissing(label)) return new LabelError(`The label is missing (${label}): remove the item.`);
    const nearest = nearestLabel(String(label), this.items.map(String));
    return new LabelError(
      nearest === undefined
        ? `Label '${label}' is not in the vocabulary, which is empty: set vocab, or add training items.`
        : `Label '${label}' is not in the vocabulary of ${this.items.length}; the most similar is '${nearest}'. ` +
            `Correct the label, add it to the training set, or ${remedy}.`,
    );
  }
}

function textOf(label: unknown): string {
  return composed(String(checked(label)));
}

function checked(label: unknown): Label {
  if (typeof label === 'string' || typeof label === 'number' || typeof label === 'boolean') return label;
  throw new LabelError(
    `A label must be text, a number or a boolean, got ${describeValue(label)}: ` +
      'return one from getY, or use MultiCategoryBlock for several labels per item.',
  );
}

function isMissing(label: unknown): boolean {
  return label === null || label === undefined || Number.isNaN(label);
}
