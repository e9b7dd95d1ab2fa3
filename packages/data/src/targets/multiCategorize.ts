import { type DataSource, registered, Transform } from '@fastts/core';
import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';
import { CategoryMap, type Label } from './categoryMap.js';

/** Settings of {@link MultiCategorize}. */
export interface MultiCategorizeOptions<L extends Label = Label> {
  /** The labels, by index (default: those of the training set, sorted). */
  vocab?: readonly L[];
  /** Whether to put `#na#` first (default false). Unknown labels are still an error. */
  addNa?: boolean;
}

/**
 * Encodes a list of labels as their indices in the vocabulary, and decodes it.
 *
 * Source: fastai `data/transforms.py`, `MultiCategorize`.
 *
 * @throws LabelError when a label is not in the vocabulary, or a target is not a list.
 */
@registered('MultiCategorize', (categorize: MultiCategorize) => categorize.asLearned())
export class MultiCategorize extends Transform {
  override order = 1;
  private map: CategoryMap;

  constructor(private readonly options: MultiCategorizeOptions = {}) {
    super();
    this.map = new CategoryMap(options.vocab ?? [], { ...options, sort: false });
  }

  /** The labels, by index. */
  get vocab(): Label[] {
    return this.map.items;
  }

  override async setups(items: DataSource): Promise<void> {
    if (this.options.vocab) return;
    const all = new Set<unknown>();
    for await (const labels of items.values()) for (const label of listOf(labels)) all.add(label);
    this.map = new CategoryMap(all, this.options);
  }

  encodes(labels: readonly Label[]): number[] {
    return listOf(labels).map((label) => {
      const number = this.map.numberOf(label);
      if (number === undefined) throw this.map.unknown(label, 'set the vocab of MultiCategoryBlock');
      return number;
    });
  }

  override decodes(numbers: readonly number[]): Label[] {
    return numbers.map((number) => this.vocab[number]!);
  }

  /** The arguments of a copy with the same vocabulary. */
  asLearned(): [MultiCategorizeOptions] {
    const { addNa = false } = this.options;
    return [{ vocab: addNa ? this.vocab.slice(1) : this.vocab, addNa }];
  }
}

/**
 * Encodes a list of class indices as a one-hot vector, and decodes it.
 *
 * Source: fastai `data/transforms.py`, `OneHotEncode`.
 */
@registered('OneHotEncode')
export class OneHotEncode extends Transform {
  override order = 2;

  /** @param classes Number of classes, or an object whose vocabulary is set up by the time the first item is encoded. */
  constructor(private readonly classes: number | { readonly vocab: readonly Label[] }) {
    super();
  }

  /** Number of classes. */
  get c(): number {
    return typeof this.classes === 'number' ? this.classes : this.classes.vocab.length;
  }

  encodes(numbers: readonly number[]): number[] {
    const encoded = new Array<number>(this.c).fill(0);
    for (const number of numbers) encoded[number] = 1;
    return encoded;
  }

  override decodes(encoded: readonly number[]): number[] {
    return [...encoded.keys()].filter((number) => encoded[number] === 1);
  }
}

/**
 * Keeps targets that are already one-hot, and decodes them to label names.
 *
 * Source: fastai `data/transforms.py`, `EncodedMultiCategorize`.
 *
 * @throws LabelError when a target is not one 0 or 1 (or `false` or `true`) per label.
 */
@registered('EncodedMultiCategorize')
export class EncodedMultiCategorize extends Transform {
  override order = 1;
  /** The labels, in the order of a target's elements. */
  readonly vocab: readonly Label[];

  constructor(vocab: readonly Label[]) {
    super();
    this.vocab = [...vocab];
  }

  encodes(encoded: ArrayLike<number | boolean>): number[] {
    const given: (number | boolean)[] = Array.from(encoded ?? []);
    if (given.length === this.vocab.length && given.every(isBit)) return given.map(Number);
    throw new LabelError(
      `A one-hot target must have one 0 or 1 per label of the vocabulary (${this.vocab.length}), ` +
        `got ${describeValue(encoded)}.`,
    );
  }

  override decodes(encoded: readonly number[]): Label[] {
    return this.vocab.filter((_, i) => encoded[i] === 1);
  }
}

/** Whether a value is 0 or 1, without conversion, which would turn a missing value into 0. */
function isBit(value: unknown): boolean {
  return value === 0 || value === 1 || typeof value === 'boolean';
}

function listOf(labels: unknown): readonly unknown[] {
  if (Array.isArray(labels)) return labels;
  throw new LabelError(
    `A target of several labels must be a list, got ${describeValue(labels)}: set labelDelim of ColReader, ` +
      'or return a list from getY.',
  );
}
