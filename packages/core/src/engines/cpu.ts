import * as tf from '@tensorflow/tfjs';
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

/** Keeps tfjs's CPU backend from writing an advertisement of tfjs-node at its first use. */
export function silenceAdvertisement(): void {
  const backend = tf.findBackend('cpu') as { firstUse?: boolean } | null;
  if (backend) backend.firstUse = false;
}
