/** Adds tfjs's ops to tensors as methods: `x.add(y).relu()`. The build bundles it; see `packages/build/bundleTfjs.mjs`. */
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
