import { importOptional, isRegistered, setBackend } from './backend.js';
import type { Engine } from './engine.js';

/** tfjs's WebAssembly engine, for inference only: it lacks the kernels that training needs. */
export const wasmEngine: Engine = {
  name: 'wasm',
  async start() {
    if (!isRegistered('wasm')) await importOptional('@tensorflow/tfjs-backend-wasm');
    await setBackend('wasm');
    return 'WebAssembly, for inference';
  },
};
