import * as tf from '@tensorflow/tfjs';
import { importOptional, isRegistered, setBackend } from './backend.js';
import type { Engine } from './engine.js';

/** The C++ engine for CPUs, of the package `@fastts/native`. */
export const nativeEngine: Engine = {
  name: 'native',
  async start() {
    if (!isRegistered('native')) await importOptional('@fastts/native');
    await setBackend('native');
    const { description } = tf.backend() as { description?: string };
    return description ?? 'C++ on the CPU';
  },
};
