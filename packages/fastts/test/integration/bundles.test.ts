import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { pageWith } from '@fastts/testing/page';
import { build } from 'esbuild';

/** The sizes of the built packages, bundled for a page. */
async function bundled(program: string, external: string[] = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: __dirname },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    external,
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output!.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return { code: outputFiles[0]!.contents, files: used.map(([file]) => file) };
}

test('a page that predicts loads at most 300 KiB, with TensorFlow.js', async () => {
  const { code, files } = await bundled("export { loadLearner } from 'fastts';");
  expect(gzipSync(code).length).toBeLessThanOrEqual(300 * 1024);
  expect(files.filter((file) => /tensorBoard|wandb|csvLogger|downloads|confusion/i.test(file))).toEqual([]);
});

test.each([
  ['accuracy', 2_000],
  ['mse', 2_000],
  ['Adam', 10_000],
  ['toSize', 2_000],
])('%s alone is small without TensorFlow.js', async (name, most) => {
  const { code } = await bundled(`export { ${name} } from 'fastts';`, ['@tensorflow/*']);
  expect(code.length).toBeGreaterThan(100);
  expect(code.length).toBeLessThanOrEqual(most);
});

test('a page that predicts registers everything that a file can name', async () => {
  const page = await pageWith("export { fromConfig, loadLearner } from 'fastts';", __dirname);
  const names = ['core', 'data', 'learner', 'vision'].flatMap(namesRegisteredIn);
  expect(names.length).toBeGreaterThan(100);
  const unknown = names.filter((name) => {
    page.config = { $name: name };
    return runInContext('try { fastts.fromConfig(config); false } catch { true }', page);
  });
  expect(unknown).toEqual([]);
});

function namesRegisteredIn(name: string): string[] {
  const folder = path.resolve(__dirname, '../../..', name, 'src');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const code = readFileSync(path.join(folder, file), 'utf8').replace(/^ *(\*|\/\*\*|\/\/).*$/gm, '');
    return [...code.matchAll(/\b(?:registered|named)\('([\w.]+)'/g)].map(([, registered]) => registered!);
  });
}
