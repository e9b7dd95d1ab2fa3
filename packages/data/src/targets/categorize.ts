import { type DataSource, registered, Transform } from '@fastts/core';
import { CategoryMap, type CategoryMapOptions, type Label } from './categoryMap.js';

/** Settings of {@link Categorize} and {@link CategoryBlock}. */
export interface CategorizeOptions<L extends Label = Label> extends CategoryMapOptions {
  /** The labels (default: those of the training set). */
  vocab?: readonly L[];
  /** Whether to sort the labels, including a given `vocab` (default true). */
  sort?: boolean;
  /** Whether to put `#na#` first and map unknown labels to it (default false: they are an error). */
  addNa?: boolean;
}

/**
 * Encodes a label as its index in the vocabulary, and decodes it.
 *
 * Source: fastai `data/transforms.py`, `Categorize`.
 *
 * @throws LabelError when a label is not in the vocabulary; it names the most similar one.
 */
@registered('Categorize', (categorize: Categorize) => categorize.asLearned())
export class Categorize extends Transform {
  override order = 1;
  private map: CategoryMap;

  constructor(private readonly options: CategorizeOptions = {}) {
    super();
    this.map = new CategoryMap(options.vocab ?? [], options);
  }

  /** The labels, by index. */
  get vocab(): Label[] {
    return this.map.items;
  }

  override async setups(items: DataSource): Promise<void> {
    if (this.options.vocab) return;
    const labels = new Set<unknown>();
    for await (const label of items.values()) labels.add(label);
    this.map = new CategoryMap(labels, this.options);
  }

  encodes(label: Label): number {
    const number = this.map.numberOf(label);
    if (number !== undefined) return number;
    if (this.options.addNa) return 0;
    throw this.map.unknown(label, 'set vocab (or addNa: true) of CategoryBlock');
  }

  override decodes(number: number): Label {
    return this.vocab[number]!;
  }

  /** The arguments of a copy with the same vocabulary. */
  asLearned(): [CategorizeOptions] {
    const { addNa = false } = this.options;
    return [{ vocab: addNa ? this.vocab.slice(1) : this.vocab, sort: false, addNa }];
  }
}
