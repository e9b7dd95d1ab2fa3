import { type DataSource, registered, Transform } from '@fastts/core';
import { CategoryMap, type CategoryMapOptions, type Label } from './categoryMap.js';

/** Settings of {@link Categorize} and {@link CategoryBlock}. */
export interface CategorizeOptions extends CategoryMapOptions {
  /** The labels there are. Default: those of the training set. */
  vocab?: readonly Label[];
  /** Sort the labels, a given vocabulary too (default true). */
  sort?: boolean;
  /** Put `#na#` first and map labels that are not known to it (default false: they are an error). */
  addNa?: boolean;
}

/**
 * Turns a label into its number in the vocabulary, and back.
 *
 * Source: fastai `data/transforms.py`, `Categorize`.
 *
 * @throws LabelError for a label that the vocabulary does not have, naming the nearest that it has
 */
@registered('Categorize', (categorize: Categorize) => categorize.asLearnt())
export class Categorize extends Transform {
  override order = 1;
  private map: CategoryMap;

  constructor(private readonly options: CategorizeOptions = {}) {
    super();
    this.map = new CategoryMap(options.vocab ?? [], options);
  }

  /** The labels, each at the number that stands for it. */
  get vocab(): string[] {
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
    throw this.map.unknown(label, 'give CategoryBlock the vocab (or addNa: true)');
  }

  override decodes(number: number): string {
    return this.vocab[number]!;
  }

  /** The arguments of one that has learnt the same. */
  asLearnt(): [CategorizeOptions] {
    const { addNa = false } = this.options;
    return [{ vocab: addNa ? this.vocab.slice(1) : this.vocab, sort: false, addNa }];
  }
}
