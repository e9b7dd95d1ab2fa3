import type { ModuleBuffer } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Buffers of a model, such as the running statistics of batch norms, as they were at one time. The forward pass changes them, so
 * that a batch that is not finite spoils them, even if its step is not made.
 */
export class BufferSnapshot {
  private readonly saved: (readonly [buffer: ModuleBuffer, value: tf.Tensor])[];

  constructor(buffers: readonly ModuleBuffer[]) {
    this.saved = buffers.map((buffer) => [buffer, tf.keep(tf.clone<tf.Tensor>(buffer.value))]);
  }

  restore(): void {
    for (const [buffer, value] of this.saved) buffer.assign(value);
  }

  dispose(): void {
    tf.dispose(this.saved.map(([, value]) => value));
  }
}
