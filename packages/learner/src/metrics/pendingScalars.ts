import * as tf from '@tensorflow/tfjs-core';

/** Scalars that stay on the engine until they are read, all at once, so that the engine is not stalled for each. */
export class PendingScalars {
  private scalars: tf.Tensor[] = [];

  /** Adds a copy of `value`, which stays the caller's. */
  push(value: tf.Tensor): void {
    this.scalars.push(tf.keep(tf.tidy(() => tf.clone(tf.reshape(tf.cast(value, 'float32'), [])))));
  }

  /** The numbers since the last time, in order. */
  async take(): Promise<number[]> {
    const taken = this.scalars;
    this.scalars = [];
    if (taken.length === 0) return [];
    const stacked = tf.stack(taken);
    tf.dispose(taken);
    try {
      return Array.from(await stacked.data());
    } finally {
      stacked.dispose();
    }
  }

  /** Lets go of what is not read yet. */
  clear(): void {
    tf.dispose(this.scalars);
    this.scalars = [];
  }
}
