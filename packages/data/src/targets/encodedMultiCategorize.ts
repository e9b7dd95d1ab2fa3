import { registered, Transform } from '@fastts/core';
import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';
import type { Label } from './categoryMap.js';

/**
 * Takes labels that are one-hot already as they are, and turns them into the labels' names for showing.
 *
 * Source: fastai `data/transforms.py`, `EncodedMultiCategorize`.
 *
 * @throws LabelError for a target that is not one 0 or 1 (or `false` or `true`) for each label
 */
@registered('EncodedMultiCategorize')
export class EncodedMultiCategorize extends Transform {
  override order = 1;
  /** The labels, each at its place in a target. */
  readonly vocab: string[];

  constructor(vocab: readonly Label[]) {
    super();
    this.vocab = vocab.map(String);
  }

  encodes(encoded: ArrayLike<number | boolean>): number[] {
    const numbers = Array.from(encoded ?? [], Number);
    if (numbers.length === this.vocab.length && numbers.every((n) => n === 0 || n === 1)) return numbers;
    throw new LabelError(
      `A one-hot target must have a 0 or 1 for each of the ${this.vocab.length} labels of the vocabulary; ` +
        `got ${describeValue(encoded)}.`,
    );
  }

  override decodes(encoded: readonly number[]): string[] {
    return this.vocab.filter((_, i) => encoded[i] === 1);
  }
}
