import { type DataSource, registered, Transform } from '@fastts/core';
import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';
import { CategoryMap, type Label } from './categoryMap.js';

/** Settings of {@link MultiCategorize}. */
export interface MultiCategorizeOptions {
  /** The labels, by index (default: those of the training set, sorted). */
  vocab?: readonly Label[];
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
  get vocab(): string[] {
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

  override decodes(numbers: readonly number[]): string[] {
    return numbers.map((number) => this.vocab[number]!);
  }

  /** The arguments of a copy with the same vocabulary. */
  asLearned(): [MultiCategorizeOptions] {
    const { addNa = false } = this.options;
    return [{ vocab: addNa ? this.vocab.slice(1) : this.vocab, addNa }];
  }
}

function listOf(labels: unknown): readonly unknown[] {
  if (Array.isArray(labels)) return labels;
  throw new LabelError(
    `A target of several labels must be a list, got ${describeValue(labels)}: set labelDelim of ColReader, ` +
      'or return a list from getY.',
  );
}
