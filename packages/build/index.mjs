/**
 * The part of `npm run build` after the compiler: emits ES modules, and bundles the parts of TensorFlow.js that Node
 * cannot load.
 */
import { bundleTfjs } from './bundleTfjs.mjs';
import { emitModules } from './emitModules.mjs';

for (const name of ['core', 'data', 'learner', 'vision', 'fastts']) emitModules(name);
await bundleTfjs();
