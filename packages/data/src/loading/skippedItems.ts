import { DataError, ItemError, LabelError } from '../errors.js';
import type { Failure } from './loadItem.js';

/** An item that could not be loaded, and why. */
export interface SkippedItem {
  /** Its path, or what else to call it. */
  path: string;
  reason: string;
}

/** Keeps account of the items that a pass could not load, and says when they are too many. */
export class SkippedItems {
  readonly items: SkippedItem[] = [];

  /** @param n how many items the pass has */
  constructor(private readonly n: number) {}

  /** Notes a failure; throws it when `strict`, when it is a wrong label, or when over half of the items failed. */
  add({ path, error }: Failure, strict: boolean): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof LabelError) throw new LabelError(told({ path, reason }), { cause: error });
    if (strict) throw new ItemError(told({ path, reason }), { cause: error });
    this.items.push({ path, reason });
    if (this.items.length * 2 > this.n) {
      throw new DataError(
        `More than half of the ${this.n} items cannot be loaded; the first is ${told(this.items[0]!)}`,
        { cause: error },
      );
    }
  }

  /** A line that says how many were skipped, and which of them are `fresh`. */
  summary(fresh: readonly SkippedItem[]): string {
    const shown = fresh.slice(0, 5).map(told);
    const more = fresh.length - shown.length;
    const rest = more > 0 ? ` and ${more} more, see the data loader's skipped` : '';
    return `Skipped ${this.items.length} of ${this.n} items that cannot be loaded: ${shown.join('; ')}${rest}`;
  }
}

/** Path and reason; many a reason has the path in it already. */
function told({ path, reason }: SkippedItem): string {
  return reason.includes(path) ? reason : `${path}: ${reason}`;
}
