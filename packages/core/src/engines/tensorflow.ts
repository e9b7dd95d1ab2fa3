import { firstLine, importOptional, isRegistered, setBackend } from './backend.js';
import type { Engine } from './engine.js';
import { padOutsideKernels } from './padOutsideKernels.js';

/** TensorFlow's C library, through `@tensorflow/tfjs-node-gpu` (CUDA) or else `@tensorflow/tfjs-node`. */
export const tensorflowEngine: Engine = {
  name: 'tensorflow',
  async start() {
    const packageName = isRegistered('tensorflow') ? 'registered by the program' : await importEither();
    await setBackend('tensorflow');
    padOutsideKernels('tensorflow');
    return packageName;
  },
};

async function importEither(): Promise<string> {
  const reasons: string[] = [];
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      await importOptional(name);
      return name;
    } catch (error) {
      reasons.push(firstLine(error));
    }
  }
  throw new Error(reasons.join('; '));
}
