import type { Batch } from '../blocks/blockTypes.js';
import type { SkippedItem } from './skippedItems.js';

/** Where a pass over a data loader stands, from which `DataLoader.pass` continues it. It can be stored as JSON. */
export interface PassPosition {
  /** The seed of the pass's order and random values. */
  seed: number;
  /** Number of batches that are done. */
  done: number;
  /** The items skipped so far. */
  skipped: readonly SkippedItem[];
}

/** The batches of a pass over a data loader, and where it stands after the last one. */
export interface Pass<X, Y> extends AsyncIterableIterator<Batch<X, Y>> {
  readonly position: PassPosition;
}
