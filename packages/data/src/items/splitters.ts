import type * as Fs from 'node:fs';
import type * as Path from 'node:path';
import { ArgumentError, nodePackage, Rng, rng } from '@fastts/core';
import { DataError } from '../errors.js';

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
    const order = randomOrder(items.length, this.options.seed);
    const cut = Math.floor(this.validPct * items.length);
    return [order.slice(cut), order.slice(0, cut)];
  }
}

/**
 * Splits at random, and leaves out what is in neither share: a smaller data set, to try things on.
 *
 * Source: fastai `data/transforms.py`, `RandomSubsetSplitter`.
 */
export class RandomSubsetSplitter implements Splitter {
  /**
   * @param trainSz share of the items for training, above 0 and below 1
   * @param validSz share of the items for validation, above 0 and below 1
   * @param options.seed gives the same split each time (default: drawn from the stream of `setSeed`)
   */
  constructor(
    readonly trainSz: number,
    readonly validSz: number,
    private readonly options: { seed?: number } = {},
  ) {
    if (!(trainSz > 0 && validSz > 0 && trainSz + validSz <= 1)) {
      throw new ArgumentError(
        `RandomSubsetSplitter's shares must be above 0 and no more than 1 together; got ${trainSz} and ${validSz}.`,
      );
    }
  }

  split(items: readonly unknown[]): Splits {
    const order = randomOrder(items.length, this.options.seed);
    const [train, valid] = [this.trainSz, this.validSz].map((share) => Math.floor(share * items.length));
    return [order.slice(0, train), order.slice(train, train! + valid!)];
  }
}

/**
 * Splits where the order of the items matters, such as in time: the last ones are for validation.
 *
 * Source: fastai `data/transforms.py`, `EndSplitter`.
 */
export class EndSplitter implements Splitter {
  private readonly validLast: boolean;

  /**
   * @param validPct share of the items for validation, above 0 and below 1 (default 0.2)
   * @param options.validLast the last items are for validation (default true), or the first
   */
  constructor(
    readonly validPct = 0.2,
    { validLast = true }: { validLast?: boolean } = {},
  ) {
    if (!(validPct > 0 && validPct < 1)) {
      throw new ArgumentError(
        `EndSplitter's share for validation must be above 0 and below 1; got ${validPct}.`,
      );
    }
    this.validLast = validLast;
  }

  split(items: readonly unknown[]): Splits {
    const all = [...items.keys()];
    const cut = Math.floor(this.validPct * all.length);
    if (!this.validLast) return [all.slice(cut), all.slice(0, cut)];
    return [all.slice(0, all.length - cut), all.slice(all.length - cut)];
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
    const { basename, dirname } = nodePackage<typeof Path>('node:path');
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

/**
 * Splits by a list that is true where an item is for validation.
 *
 * Source: fastai `data/transforms.py`, `MaskSplitter`.
 */
export class MaskSplitter implements Splitter {
  /** @param mask one element an item */
  constructor(private readonly mask: readonly boolean[]) {}

  split(items: readonly unknown[]): Splits {
    if (this.mask.length !== items.length) {
      throw new ArgumentError(
        `MaskSplitter's mask must have an element for each of the ${items.length} items; it has ${this.mask.length}.`,
      );
    }
    return new IndexSplitter([...items.keys()].filter((i) => this.mask[i])).split(items);
  }
}

/**
 * Splits files by a text file that has, a line each, the names (without folders) of those for validation.
 *
 * Source: fastai `data/transforms.py`, `FileSplitter`.
 */
export class FileSplitter implements Splitter<string> {
  private readonly names: ReadonlySet<string>;

  /**
   * @param fname the text file
   * @throws DataError when it cannot be read
   */
  constructor(readonly fname: string) {
    try {
      const { readFileSync } = nodePackage<typeof Fs>('node:fs');
      this.names = new Set(
        readFileSync(fname, 'utf8')
          .replace(/^\ufeff/, '')
          .split(/\r?\n/),
      );
    } catch (error) {
      throw new DataError(`The list ${fname} of files for validation cannot be read: check the path.`, {
        cause: error,
      });
    }
  }

  split(files: readonly string[]): Splits {
    const { basename } = nodePackage<typeof Path>('node:path');
    return new FuncSplitter((file: string) => this.names.has(basename(file))).split(files);
  }
}

function randomOrder(n: number, seed: number | undefined): number[] {
  return [...(seed === undefined ? rng() : new Rng(seed)).permutation(n)];
}
