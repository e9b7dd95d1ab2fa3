import { log } from '@fastts/core';
import { reasonOf } from '../describeValue.js';
import { DataError, ItemError, LabelError } from '../errors.js';
import type { Failure } from './loadItem.js';

/** An item that could not be loaded, and why. */
export interface SkippedItem {
  /** Its index in the data set. */
  index: number;
  /** Its position in the pass, from 0: its index, unless the loader shuffles or samples. */
  position: number;
  /** Its path, or another name of it. */
  path: string;
  reason: string;
}

/** Limits on the items of a pass that may be skipped. */
export interface SkipLimits {
  /** Whether to throw for the first one. */
  readonly strict: boolean;
  /** Maximum fraction of the items that may be skipped. */
  readonly maxSkipped: number;
}

/** Records the items that a pass could not load, and throws when there are too many. */
export class SkippedItems {
  readonly items: SkippedItem[];

  /**
   * @param n Number of items in the pass.
   * @param earlier Those of the part of the pass that was done before.
   */
  constructor(
    private readonly n: number,
    earlier: readonly SkippedItem[] = [],
  ) {
    this.items = [...earlier];
  }

  /** Records a failure. Throws it if `strict`, if it is a label error, or if more than `maxSkipped` of the items have failed. */
  add({ index, path, error }: Failure, position: number, { strict, maxSkipped }: SkipLimits): void {
    const reason = reasonOf(error);
    const item = { index, position, path, reason };
    if (error instanceof LabelError) throw new LabelError(describeSkipped(item), { cause: error });
    if (strict) throw new ItemError(describeSkipped(item), { cause: error });
    this.items.push(item);
    if (this.items.length > maxSkipped * this.n) {
      const share = maxSkipped === 0.5 ? 'half' : `${100 * maxSkipped}%`;
      throw new DataError(
        `More than ${share} of the ${this.n} items cannot be loaded; the first is ${describeSkipped(this.items[0]!)}`,
        { cause: error },
      );
    }
  }

  /** A line with the number of skipped items that lists those in `fresh`. */
  summary(fresh: readonly SkippedItem[]): string {
    const shown = fresh.slice(0, 5).map(describeSkipped);
    const more = fresh.length - shown.length;
    const rest = more > 0 ? ` and ${more} more (see the data loader's skipped)` : '';
    return `Skipped ${this.items.length} of ${this.n} items that cannot be loaded: ${shown.join('; ')}${rest}`;
  }
}

/** What a loader and its copies remember of skipped items. */
export class SkipRecord {
  /** Those of the current or last pass. */
  last = new SkippedItems(0);
  /** The indices of items that have been logged. */
  private readonly logged = new Set<number>();

  /** Starts a pass of `n` items, of which `earlier` were skipped before. */
  begin(n: number, earlier: readonly SkippedItem[]): SkippedItems {
    this.last = new SkippedItems(n, earlier);
    return this.last;
  }

  /** Logs those of a pass that have not been logged yet. */
  report(skips: SkippedItems): void {
    const fresh = skips.items.filter(({ index }) => !this.logged.has(index));
    for (const { index } of fresh) this.logged.add(index);
    if (fresh.length > 0) log(skips.summary(fresh));
  }
}

/**
 * Path and reason in one line; the path is omitted if the reason contains it. File names may contain line breaks and
 * control codes of terminals.
 */
function describeSkipped({ path, reason }: Pick<SkippedItem, 'path' | 'reason'>): string {
  return (reason.includes(path) ? reason : `${path}: ${reason}`).replace(/\p{Cc}/gu, '?');
}
