import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { setBackend } from './backend.js';
import type { Engine } from './engine.js';

/** tfjs's own engine in JavaScript, which is everywhere. */
export const cpuEngine: Engine = {
  name: 'cpu',
  async start() {
    await setBackend('cpu');
    return 'plain JavaScript, slow';
  },
};

/** Keeps tfjs's CPU backend, and what inherits from it, from advertising tfjs-node at the first use in Node. */
export function silenceAdvertisement(): void {
  if (!tf.env().getBool('IS_NODE')) return;
  const backend = tf.findBackend('cpu');
  if (!backend) return;
  Reflect.set(backend, 'firstUse', false);
  // tfjs makes the backend anew when it chooses a default one, so no instance of its class may advertise.
  Object.defineProperty(Object.getPrototypeOf(backend), 'firstUse', { get: () => false, set() {} });
}
