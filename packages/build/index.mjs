/** What `npm run build` does after the compiler: ES modules, and the parts of TensorFlow.js that Node cannot load. */
import { bundleTfjs } from './bundleTfjs.mjs';
import { emitModules } from './emitModules.mjs';

for (const name of ['core', 'data', 'learner', 'vision', 'fastts']) emitModules(name);
await bundleTfjs();
