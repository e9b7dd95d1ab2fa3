import { basename, dirname } from 'node:path';
import { ArgumentError, Rng, rng } from '@fastts/core';

/** The indices of the training set and of the validation set (and of further sets, where there are). */
export type Splits = readonly (readonly number[])[];

/** Something that says which items are for training and which for validation. */
export interface Splitter<Item = unknown> {
  split(items: readonly Item[]): Splits;
}

/** A splitter, or a function that does what its `split` does. */
export type SplitterLike<Item = unknown> = Splitter<Item> | ((items: readonly Item[]) => Splits);

/**
 * Splits at random.
 *
 * Source: fastai `data/transforms.py`, `RandomSplitter`.
 */
export class RandomSplitter implements Splitter {
  /**
   * @param validPct share of the items for validation, 0 to 1 (default 0.2)
   * @param options.seed gives the same split each time (default: drawn from the stream of `setSeed`)
   */
  constructor(
    readonly validPct = 0.2,
    private readonly options: { seed?: number } = {},
  ) {
    if (!(validPct >= 0 && validPct <= 1)) {
      throw new ArgumentError(`RandomSplitter's share for validation must be from 0 to 1; got ${validPct}.`);
    }
  }

  split(items: readonly unknown[]): Splits {
    const stream = this.options.seed === undefined ? rng() : new Rng(this.options.seed);
    const order = [...stream.permutation(items.length)];
    const cut = Math.floor(this.validPct * items.length);
    return [order.slice(cut), order.slice(0, cut)];
  }
}

/**
 * Splits files by the name of the folder two levels up: `train/church/a.jpg` is for training.
 *
 * Source: fastai `data/transforms.py`, `GrandparentSplitter`.
 */
export class GrandparentSplitter implements Splitter<string> {
  private readonly names: readonly (readonly string[])[];

  /**
   * @param options.train name or names of the training folder (default `'train'`)
   * @param options.valid name or names of the validation folder (default `'valid'`)
   */
  constructor({
    train = 'train',
    valid = 'valid',
  }: {
    train?: string | readonly string[];
    valid?: string | readonly string[];
  } = {}) {
    this.names = [train, valid].map((names) => (typeof names === 'string' ? [names] : names));
  }

  split(items: readonly string[]): Splits {
    const indices = new Map<string, number[]>();
    for (const [i, item] of items.entries()) {
      const name = basename(dirname(dirname(item)));
      const group = indices.get(name);
      if (group) group.push(i);
      else indices.set(name, [i]);
    }
    return this.names.map((names) => names.flatMap((name) => indices.get(name) ?? []));
  }
}

/**
 * Splits by given indices: those for validation, all others for training.
 *
 * Source: fastai `data/transforms.py`, `IndexSplitter`.
 */
export class IndexSplitter implements Splitter {
  constructor(readonly validIdx: Iterable<number>) {}

  split(items: readonly unknown[]): Splits {
    const valid = [...this.validIdx];
    const wrong = valid.find((i) => !Number.isInteger(i) || i < 0 || i >= items.length);
    if (wrong !== undefined) {
      throw new ArgumentError(
        `IndexSplitter got index ${wrong}, but the ${items.length} items are numbered from 0.`,
      );
    }
    const chosen = new Set(valid);
    return [[...items.keys()].filter((i) => !chosen.has(i)), valid];
  }
}

/**
 * Splits by a function that is true for an item that is for validation.
 *
 * Source: fastai `data/transforms.py`, `FuncSplitter`.
 */
export class FuncSplitter<Item = unknown> implements Splitter<Item> {
  constructor(private readonly isValid: (item: Item) => boolean) {}

  split(items: readonly Item[]): Splits {
    return new IndexSplitter([...items.keys()].filter((i) => this.isValid(items[i]!))).split(items);
  }
}
