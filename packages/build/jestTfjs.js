/** Jest's transform of `src/tensorflow/chainedOps.ts` and `gradients.ts`: the same bundles as in the build. */
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { version } = require('@tensorflow/tfjs-core/package.json');

const script = path.join(__dirname, 'bundleTfjs.mjs');

module.exports = {
  process: (_source, file) => ({
    code: execFileSync(process.execPath, [script, file], { encoding: 'utf8' }),
  }),
  getCacheKey: (source, file) =>
    createHash('sha256')
      .update([source, file, version, readFileSync(script, 'utf8')].join('\0'))
      .digest('hex'),
};
