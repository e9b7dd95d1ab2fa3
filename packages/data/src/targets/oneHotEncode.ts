import { registered, Transform } from '@fastts/core';

/**
 * Encodes a list of class indices as a one-hot vector, and decodes it.
 *
 * Source: fastai `data/transforms.py`, `OneHotEncode`.
 */
@registered('OneHotEncode')
export class OneHotEncode extends Transform {
  override order = 2;

  /** @param classes Number of classes, or an object whose vocabulary is set up by the time the first item is encoded. */
  constructor(private readonly classes: number | { readonly vocab: readonly string[] }) {
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
