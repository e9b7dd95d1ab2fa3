import { type DataSource, Transform } from '@fastts/core';
import { LabelError } from './errors.js';
import { nearestLabel } from './nearestLabel.js';

/** A label as a labeller gives it. */
export type Label = string | number | boolean;

/** Settings of {@link Categorize} and {@link CategoryBlock}. */
export interface CategorizeOptions {
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
export class Categorize extends Transform {
  override order = 1;
  /** The labels, each at the number that stands for it. */
  vocab: string[] = [];
  private numbers = new Map<string, number>();

  constructor(private readonly options: CategorizeOptions = {}) {
    super();
    if (options.vocab) this.learn(options.vocab);
  }

  override async setups(items: DataSource): Promise<void> {
    if (this.options.vocab) return;
    const labels = new Set<Label>();
    for await (const label of items.values()) labels.add(label as Label);
    this.learn([...labels]);
  }

  encodes(label: Label): number {
    const number = this.numbers.get(String(label));
    if (number !== undefined) return number;
    if (this.options.addNa) return 0;
    const nearest = nearestLabel(String(label), this.vocab);
    throw new LabelError(
      nearest === undefined
        ? `Label '${label}' is not in the vocabulary, which is empty: give vocab, or training items.`
        : `Label '${label}' is not in the vocabulary of ${this.vocab.length}; the nearest is '${nearest}'. ` +
            'Correct the label, let the training set have it, or give CategoryBlock the vocab (or addNa: true).',
    );
  }

  override decodes(number: number): string {
    return this.vocab[number]!;
  }

  private learn(labels: readonly Label[]): void {
    const { sort = true, addNa = false } = this.options;
    const unique = [...new Set(labels)];
    if (sort) unique.sort(unique.every((l) => typeof l === 'number') ? (a, b) => +a - +b : undefined);
    this.vocab = [...(addNa ? ['#na#'] : []), ...unique.map(String)];
    this.numbers = new Map(this.vocab.map((label, i) => [label, i]));
  }
}
