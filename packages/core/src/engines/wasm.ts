import * as tf from '@tensorflow/tfjs-core';
import { log } from '../progress/progress.js';
import { importOptional, isRegistered, setBackend } from './backend.js';
import type { Engine } from './engine.js';

/** tfjs's WebAssembly engine, for inference only: it lacks the kernels that training needs. */
export const wasmEngine: Engine = {
  name: 'wasm',
  async start() {
    if (!isRegistered('wasm')) await importOptional('@tensorflow/tfjs-backend-wasm');
    const started = setBackend('wasm');
    if ((await tf.env().getAsync(THREADS)) && !(await endsWithin(PATIENCE, started))) {
      log(
        `fastts: the wasm engine's threads did not start within ${PATIENCE / 1000} s, as in some minified bundles: it starts without them. To save the wait, set tf.env().set('${THREADS}', false) first.`,
      );
      await startWithoutThreads();
    } else await started;
    return 'WebAssembly, for inference';
  },
};

const THREADS = 'WASM_HAS_MULTITHREAD_SUPPORT';
const PATIENCE = 5_000;

/**
 * tfjs creates its workers from the source text of its own functions. If a bundler has changed what these refer to, the
 * workers fail, and the backend waits for them forever.
 */
async function startWithoutThreads(): Promise<void> {
  tf.env().set(THREADS, false);
  const { factory, priority } = tf.engine().registryFactory.wasm!;
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, priority);
  await setBackend('wasm');
}

/** Whether `work` ends, or fails, within a time. */
async function endsWithin(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
