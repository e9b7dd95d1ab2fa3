import { type DataSource, registered, Transform } from '@fastts/core';
import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';
import { CategoryMap, type Label } from './categoryMap.js';

/** Settings of {@link MultiCategorize}. */
export interface MultiCategorizeOptions {
  /** The labels there are, in the order of their numbers. Default: those of the training set, sorted. */
  vocab?: readonly Label[];
  /** Put `#na#` first (default false). Labels that are not known stay an error. */
  addNa?: boolean;
}

/**
 * Turns a list of labels into their numbers in the vocabulary, and back.
 *
 * Source: fastai `data/transforms.py`, `MultiCategorize`.
 *
 * @throws LabelError for a label that the vocabulary does not have, or a target that is no list
 */
@registered('MultiCategorize', (categorize: MultiCategorize) => categorize.asLearnt())
export class MultiCategorize extends Transform {
  override order = 1;
  private map: CategoryMap;

  constructor(private readonly options: MultiCategorizeOptions = {}) {
    super();
    this.map = new CategoryMap(options.vocab ?? [], { ...options, sort: false });
  }

  /** The labels, each at the number that stands for it. */
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
      if (number === undefined) throw this.map.unknown(label, 'give the block the vocab');
      return number;
    });
  }

  override decodes(numbers: readonly number[]): string[] {
    return numbers.map((number) => this.vocab[number]!);
  }

  /** The arguments of one that has learnt the same. */
  asLearnt(): [MultiCategorizeOptions] {
    const { addNa = false } = this.options;
    return [{ vocab: addNa ? this.vocab.slice(1) : this.vocab, addNa }];
  }
}

function listOf(labels: unknown): readonly unknown[] {
  if (Array.isArray(labels)) return labels;
  throw new LabelError(
    `A target of several labels must be a list; got ${describeValue(labels)}: give ColReader its labelDelim, ` +
      'or a getY that splits it.',
  );
}
