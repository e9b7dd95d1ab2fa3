import { registered, Transform } from '@fastts/core';

/**
 * Turns a list of class numbers into as many zeros as there are classes, with ones at those numbers, and back.
 *
 * Source: fastai `data/transforms.py`, `OneHotEncode`.
 */
@registered('OneHotEncode')
export class OneHotEncode extends Transform {
  override order = 2;

  /** @param classes how many classes there are, or who knows it when the first item comes */
  constructor(private readonly classes: number | { readonly vocab: readonly string[] }) {
    super();
  }

  /** How many classes there are. */
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
