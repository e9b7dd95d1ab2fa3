import * as tf from '@tensorflow/tfjs-core';
import type { EngineName } from './engine.js';

/** These compute at once, in memory that JavaScript reads. */
const inMemory: ReadonlySet<string> = new Set<EngineName>(['native', 'wasm', 'cpu']);

/**
 * Whether reading a tensor (`dataSync`) costs nothing on the current engine; on a device, it waits for all computation that was
 * started before.
 */
export function readsAtOnce(): boolean {
  return inMemory.has(tf.getBackend());
}
