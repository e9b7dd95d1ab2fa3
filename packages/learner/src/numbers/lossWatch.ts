import { readsAtOnce } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchPlace } from './batchPlace.js';
import { firstNonFinite } from './finite.js';

/** A batch whose loss is not finite. */
export interface FoundLoss {
  readonly place: BatchPlace;
  readonly loss: number;
}

/** Number of batches after which a loss is read from a device, which has computed it by then. */
const DELAY = 2;

/**
 * Finds losses that are not finite, without waiting for the engine: at once where reading costs nothing; on a device, a loss
 * is read two batches later.
 */
export class LossWatch {
  /** The batches found so far, in order. */
  found: FoundLoss[] = [];
  private waiting: { place: BatchPlace; loss: tf.Tensor }[] = [];
  private readonly reading = new Set<Promise<void>>();

  /** Adds a batch's loss, which still belongs to the caller. */
  add(loss: tf.Tensor, place: BatchPlace): void {
    if (readsAtOnce()) check(loss.dataSync(), place, this.found);
    else {
      this.waiting.push({ place, loss: tf.keep(tf.clone(loss)) });
      if (this.waiting.length > DELAY) this.readNext();
    }
  }

  /** Reads all losses that were added. */
  async settle(): Promise<void> {
    while (this.waiting.length > 0) this.readNext();
    await Promise.all(this.reading);
  }

  /** Forgets everything. */
  clear(): void {
    tf.dispose(this.waiting.map(({ loss }) => loss));
    this.waiting = [];
    this.found = [];
  }

  private readNext(): void {
    const { place, loss } = this.waiting.shift()!;
    // What is read after `clear` is forgotten.
    const { found } = this;
    const read = loss
      .data()
      .then((values) => check(values, place, found))
      // An engine that fails to read fails at the end of the epoch, too, where the error is not lost.
      .catch(() => {})
      .finally(() => {
        loss.dispose();
        this.reading.delete(read);
      });
    this.reading.add(read);
  }
}

function check(values: ArrayLike<number>, place: BatchPlace, found: FoundLoss[]): void {
  const loss = firstNonFinite(values);
  if (loss !== undefined) found.push({ place, loss });
}
