import {
  ArgumentError,
  checkNumber,
  decodeText,
  FileFormatError,
  node,
  type OneOrMany,
  Rng,
  rng,
  toList,
} from '@fastts/core';
import fs from 'fs-extra';
import { DataError } from '../errors.js';
import { composed } from './composed.js';

/** The indices of the training set, of the validation set, and of any further sets. */
export type Splits = readonly (readonly number[])[];

/** Splits items into training and validation sets. */
export interface Splitter<Item = unknown> {
  split(items: readonly Item[]): Splits;
}

/** A splitter, or a function equivalent to its `split`. */
export type SplitterLike<Item = unknown> = Splitter<Item> | ((items: readonly Item[]) => Splits);

/**
 * Splits at random.
 *
 * Source: fastai `data/transforms.py`, `RandomSplitter`.
 */
export class RandomSplitter implements Splitter {
  /**
   * @param validPct Fraction of the items for validation, from 0 to 1 (default 0.2).
   * @param options.seed A seed, for a reproducible split (default: drawn from the stream of `setSeed`).
   */
  constructor(
    readonly validPct = 0.2,
    private readonly options: { seed?: number } = {},
  ) {
    checkNumber('validPct', validPct, { min: 0, max: 1 });
    if (options.seed !== undefined) checkNumber('seed', options.seed);
  }

  split(items: readonly unknown[]): Splits {
    const order = randomOrder(items.length, this.options.seed);
    const cut = Math.floor(this.validPct * items.length);
    return [order.slice(cut), order.slice(0, cut)];
  }
}

/**
 * Splits a random subset of the items, for experiments on a smaller data set.
 *
 * Source: fastai `data/transforms.py`, `RandomSubsetSplitter`.
 */
export class RandomSubsetSplitter implements Splitter {
  /**
   * @param trainSz Fraction of the items for training, above 0 and below 1.
   * @param validSz Fraction of the items for validation, above 0 and below 1.
   * @param options.seed A seed, for a reproducible split (default: drawn from the stream of `setSeed`).
   */
  constructor(
    readonly trainSz: number,
    readonly validSz: number,
    private readonly options: { seed?: number } = {},
  ) {
    checkNumber('trainSz', trainSz, { above: 0, below: 1 });
    checkNumber('validSz', validSz, { above: 0, below: 1 });
    if (options.seed !== undefined) checkNumber('seed', options.seed);
    if (trainSz + validSz > 1) {
      throw new ArgumentError(
        `RandomSubsetSplitter's trainSz and validSz must sum to at most 1, got ${trainSz} and ${validSz}.`,
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
 * Splits ordered items, such as time series: the last ones are for validation.
 *
 * Source: fastai `data/transforms.py`, `EndSplitter`.
 */
export class EndSplitter implements Splitter {
  private readonly validLast: boolean;

  /**
   * @param validPct Fraction of the items for validation, above 0 and below 1 (default 0.2).
   * @param options.validLast Whether the last items are for validation (default true), rather than the first.
   */
  constructor(
    readonly validPct = 0.2,
    { validLast = true }: { validLast?: boolean } = {},
  ) {
    checkNumber('validPct', validPct, { above: 0, below: 1 });
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
 * Splits files by the name of their grandparent folder: `train/church/a.jpg` is for training.
 *
 * Source: fastai `data/transforms.py`, `GrandparentSplitter`.
 */
export class GrandparentSplitter implements Splitter<string> {
  private readonly names: readonly (readonly string[])[];

  /**
   * @param options.train Name or names of the training folder (default `'train'`).
   * @param options.valid Name or names of the validation folder (default `'valid'`).
   */
  constructor({
    train = 'train',
    valid = 'valid',
  }: {
    train?: OneOrMany<string>;
    valid?: OneOrMany<string>;
  } = {}) {
    this.names = [train, valid].map((names) => toList(names).map(composed));
  }

  split(items: readonly string[]): Splits {
    const indices = new Map<string, number[]>();
    for (const [i, item] of items.entries()) {
      const name = composed(node.path.basename(node.path.dirname(node.path.dirname(item))));
      const group = indices.get(name);
      if (group) group.push(i);
      else indices.set(name, [i]);
    }
    return this.names.map((names) => names.flatMap((name) => indices.get(name) ?? []));
  }
}

/**
 * Splits by the indices of the validation items; all others are for training.
 *
 * Source: fastai `data/transforms.py`, `IndexSplitter`.
 */
export class IndexSplitter implements Splitter {
  constructor(readonly validIdx: Iterable<number>) {}

  split(items: readonly unknown[]): Splits {
    const valid = [...this.validIdx];
    const wrong = valid.find((i) => !Number.isInteger(i) || i < 0 || i >= items.length);
    if (wrong !== undefined) {
      throw new ArgumentError(`IndexSplitter's indices must be from 0 to ${items.length - 1}, got ${wrong}.`);
    }
    const chosen = new Set(valid);
    return [[...items.keys()].filter((i) => !chosen.has(i)), valid];
  }
}

/**
 * Splits by a function that returns true for validation items.
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
 * Splits by a mask that is true for validation items.
 *
 * Source: fastai `data/transforms.py`, `MaskSplitter`.
 */
export class MaskSplitter implements Splitter {
  /** @param mask One element per item. */
  constructor(private readonly mask: readonly boolean[]) {}

  split(items: readonly unknown[]): Splits {
    if (this.mask.length !== items.length) {
      throw new ArgumentError(
        `MaskSplitter's mask must have one element per item (${items.length}), got ${this.mask.length}.`,
      );
    }
    return new IndexSplitter([...items.keys()].filter((i) => this.mask[i])).split(items);
  }
}

/**
 * Splits files by a text file that lists the names of the validation files, without folders, one per line.
 *
 * Source: fastai `data/transforms.py`, `FileSplitter`.
 */
export class FileSplitter implements Splitter<string> {
  private readonly names: ReadonlySet<string>;

  /**
   * @param fname The text file.
   * @param options.encoding Its encoding, if it has no byte order mark, such as `'windows-1252'` (default UTF-8).
   * @throws DataError when it cannot be read.
   * @throws ArgumentError when the encoding is unknown.
   */
  constructor(
    readonly fname: string,
    { encoding }: { encoding?: string } = {},
  ) {
    this.names = new Set(
      listed(fname, encoding)
        .split(/\r\n?|\n/)
        .map(composed),
    );
  }

  split(files: readonly string[]): Splits {
    return new FuncSplitter((file: string) => this.names.has(composed(node.path.basename(file)))).split(
      files,
    );
  }
}

/** The text of a list of files. */
function listed(fname: string, encoding: string | undefined): string {
  try {
    return decodeText(fs.readFileSync(fname), encoding);
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    const why = cause instanceof FileFormatError ? `${cause.message}. Set its encoding` : 'check the path';
    throw new DataError(`The list of validation files ${fname} cannot be read: ${why}.`, { cause });
  }
}

function randomOrder(n: number, seed: number | undefined): number[] {
  return [...(seed === undefined ? rng() : new Rng(seed)).permutation(n)];
}
