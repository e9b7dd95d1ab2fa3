import { FasttsError } from './errors.js';
import { isNode, node } from './node.js';

if (isNode() && !isInPackage()) {
  throw new FasttsError(
    'fastts was bundled for Node, without its native parts: keep it in node_modules, with ' +
      "`--packages=external` in esbuild or `serverExternalPackages: ['fastts']` in Next; see docs/bundling.md.",
  );
}

/** Whether this file is inside its package. */
function isInPackage(): boolean {
  try {
    const file = node.path.join(__dirname, '..', 'package.json');
    return JSON.parse(node.fs.readFileSync(file, 'utf8')).name === '@fastts/core';
  } catch {
    return false;
  }
}
