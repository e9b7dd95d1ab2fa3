import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { setBackend } from './backend.js';
import type { Engine } from './engine.js';

/** tfjs's plain JavaScript engine, which is always available. */
export const cpuEngine: Engine = {
  name: 'cpu',
  async start() {
    await setBackend('cpu');
    return 'plain JavaScript, slow';
  },
};

/** Keeps tfjs's CPU backend, and its subclasses, from recommending tfjs-node when first used in Node. */
export function silenceAdvertisement(): void {
  if (!tf.env().getBool('IS_NODE')) return;
  const backend = tf.findBackend('cpu');
  if (!backend) return;
  Reflect.set(backend, 'firstUse', false);
  // tfjs creates a new backend when it chooses a default one, so this must hold for every instance.
  Object.defineProperty(Object.getPrototypeOf(backend), 'firstUse', { get: () => false, set() {} });
}
