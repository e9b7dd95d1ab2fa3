import { FasttsError } from './errors.js';
import { isNode, node } from './node.js';

if (isNode() && !isInPackage()) {
  throw new FasttsError(
    'fastts is part of a bundle for Node, where its native parts are missing: leave it in node_modules, by ' +
      "`--packages=external` of esbuild or `serverExternalPackages: ['fastts']` of Next; see docs/bundling.md.",
  );
}

/** Whether this file is where the package has it. */
function isInPackage(): boolean {
  try {
    const file = node.path.join(__dirname, '..', 'package.json');
    return JSON.parse(node.fs.readFileSync(file, 'utf8')).name === '@fastts/core';
  } catch {
    return false;
  }
}
