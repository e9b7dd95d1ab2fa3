import { registered, Transform } from '@fastts/core';
import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';
import type { Label } from './categoryMap.js';

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
  readonly vocab: string[];

  constructor(vocab: readonly Label[]) {
    super();
    this.vocab = vocab.map(String);
  }

  encodes(encoded: ArrayLike<number | boolean>): number[] {
    const numbers = Array.from(encoded ?? [], Number);
    if (numbers.length === this.vocab.length && numbers.every((n) => n === 0 || n === 1)) return numbers;
    throw new LabelError(
      `A one-hot target must have one 0 or 1 per label of the vocabulary (${this.vocab.length}), ` +
        `got ${describeValue(encoded)}.`,
    );
  }

  override decodes(encoded: readonly number[]): string[] {
    return this.vocab.filter((_, i) => encoded[i] === 1);
  }
}
