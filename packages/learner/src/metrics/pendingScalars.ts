import * as tf from '@tensorflow/tfjs-core';

/** Scalars that stay on the engine and are read together, to avoid stalling the engine for each one. */
export class PendingScalars {
  private scalars: tf.Tensor[] = [];

  /** Adds a copy of `value`, which still belongs to the caller. */
  push(value: tf.Tensor): void {
    this.scalars.push(tf.keep(tf.tidy(() => tf.clone(tf.reshape(tf.cast(value, 'float32'), [])))));
  }

  /** The numbers since the last call, in order. */
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

  /** Disposes of the scalars that were not read. */
  clear(): void {
    tf.dispose(this.scalars);
    this.scalars = [];
  }
}
