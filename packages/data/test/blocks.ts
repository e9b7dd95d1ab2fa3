import { type DrawContext, type EncodeContext, type Split, Transform } from '@fastts/core';
import { TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';

/** A block of rows of numbers, for tests that need no images. */
export function RowBlock(): TransformBlock<tf.Tensor2D> {
  return new TransformBlock({
    kind: 'row',
    collate: (rows: number[][]) => tf.stack(rows.map((row) => tf.tensor1d(row))) as tf.Tensor2D,
    show: (row: number[]) => ({
      image: { data: Uint8Array.from(row), width: row.length, height: 1, channels: 1 },
    }),
  });
}

/** A block of single numbers. */
export function NumberBlock(): TransformBlock<tf.Tensor1D> {
  return new TransformBlock({ kind: 'number', collate: (numbers: number[]) => tf.tensor1d(numbers) });
}

/** Adds a random number to a row, after a delay that may differ between items. */
export class SlowNoise extends Transform<number> {
  override split: Split | null = 'train';
  override kinds = ['row'];

  /** @param turns Number of event loop turns to wait for a row. */
  constructor(private readonly turns: (row: number[]) => number) {
    super();
  }

  override draw({ rng }: DrawContext): number {
    return rng.next();
  }

  async encodes(row: number[], { draw: noise }: EncodeContext<number>): Promise<number[]> {
    for (let turn = this.turns(row); turn > 0; turn--) await new Promise(setImmediate);
    return row.map((value) => value + noise);
  }
}

/** Fails for rows whose first number is in the given set. */
export class Unreadable extends Transform {
  override kinds = ['row'];

  constructor(private readonly bad: ReadonlySet<number>) {
    super();
  }

  async encodes(row: number[]): Promise<number[]> {
    await new Promise(setImmediate);
    if (this.bad.has(row[0]!)) throw new Error('not an image');
    return row;
  }
}

/** Doubles a batch of rows on the engine. */
export class Double extends Transform {
  override kinds = ['row'];

  encodes(batch: tf.Tensor2D): tf.Tensor2D {
    return tf.mul(batch, 2);
  }

  override decodes(batch: tf.Tensor2D): tf.Tensor2D {
    return tf.div(batch, 2);
  }
}
