/** Registers the gradients of tfjs's ops. The build bundles it; see `packages/build/bundleTfjs.mjs`. */
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
