/**
 * Bundles the gradients and the chained ops of `@tensorflow/tfjs-core`, which its package has only as files that Node
 * cannot load. Whatever the package exports is imported from it, so that there is a single engine; the rest is
 * bundled.
 *
 * `node bundleTfjs.mjs FILE.ts` prints the bundle of one of `core/src/tensorflow/*.ts`, for Jest.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const core = '@tensorflow/tfjs-core';
const tfjsDist = path.join(path.dirname(require.resolve(`${core}/package.json`)), 'dist');
const exported = Object.keys(require(core));

/** Replacements for files of tfjs-core that are re-exported completely, or under other names. */
const adapters = {
  'base.js': reexport(exported),
  [path.join('ops', 'ops.js')]: reexport(exported),
  'engine.js': `import { engine } from '${core}'; export const ENGINE = engine();`,
  'environment.js': `export { env } from '${core}';`,
  'tensor.js': `
    export { Tensor } from '${core}';
    import { getGlobal } from './global_util';
    export const getGlobalTensorClass = () => getGlobal('Tensor');`,
};

const oneTfjs = {
  name: 'one-tfjs',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@tensorflow\/tfjs-core$/ }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /tfjs-core[\\/]dist[\\/].*\.js$/ }, ({ path: file }) => {
      const adapter = adapters[path.relative(tfjsDist, file)];
      if (adapter) return { contents: adapter, resolveDir: tfjsDist };
      const names = namesExportedBy(readFileSync(file, 'utf8'));
      const isPublic = names.length > 0 && names.every((name) => exported.includes(name));
      return isPublic ? { contents: reexport(names) } : undefined;
    });
  },
};

function reexport(names) {
  return `export { ${names.join(', ')} } from '${core}';`;
}

function namesExportedBy(source) {
  const declared = [...source.matchAll(/^export (?:const|class|(?:async )?function) (\w+)/gm)];
  const listed = [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) => list.split(','));
  return [...declared.map(([, name]) => name), ...listed.map((name) => name.trim()).filter(Boolean)];
}

const options = { bundle: true, platform: 'neutral', target: 'es2022', plugins: [oneTfjs] };
const folder = fileURLToPath(new URL('../core/', import.meta.url));

/** Replaces the compiler's output for these files by bundles. */
export async function bundleTfjs() {
  const files = {
    ...options,
    entryPoints: ['chainedOps', 'gradients'].map((name) => `${folder}src/tensorflow/${name}.ts`),
    sourcemap: true,
  };
  await build({ ...files, format: 'cjs', outdir: `${folder}dist/tensorflow` });
  const outExtension = { '.js': '.mjs' };
  await build({ ...files, format: 'esm', outdir: `${folder}dist/esm/tensorflow`, outExtension });
}

const [script, file] = process.argv.slice(1);
if (script === fileURLToPath(import.meta.url)) {
  const { outputFiles } = await build({ ...options, entryPoints: [file], format: 'cjs', write: false });
  process.stdout.write(outputFiles[0].text);
}
