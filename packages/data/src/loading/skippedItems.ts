import { DataError, ItemError, LabelError } from '../errors.js';
import type { Failure } from './loadItem.js';

/** An item that could not be loaded, and why. */
export interface SkippedItem {
  /** Its path, or another name of it. */
  path: string;
  reason: string;
}

/** Records the items that a pass could not load, and throws when there are too many. */
export class SkippedItems {
  readonly items: SkippedItem[] = [];

  /** @param n Number of items in the pass. */
  constructor(private readonly n: number) {}

  /** Records a failure. Throws it if `strict`, if it is a label error, or if more than half of the items have failed. */
  add({ path, error }: Failure, strict: boolean): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof LabelError)
      throw new LabelError(describeSkipped({ path, reason }), { cause: error });
    if (strict) throw new ItemError(describeSkipped({ path, reason }), { cause: error });
    this.items.push({ path, reason });
    if (this.items.length * 2 > this.n) {
      throw new DataError(
        `More than half of the ${this.n} items cannot be loaded; the first is ${describeSkipped(this.items[0]!)}`,
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

/** Path and reason; the path is omitted if the reason contains it. */
function describeSkipped({ path, reason }: SkippedItem): string {
  return reason.includes(path) ? reason : `${path}: ${reason}`;
}
