import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, type Format } from 'esbuild';
import { setQuiet } from 'fastts';
import { exportedLearner } from './exportedLearner.js';

/** A server's folder, in which the built packages are found like installed ones. */
const folder = mkdtempSync(path.join(tmpdir(), 'fastts-server-'));
let exported: Awaited<ReturnType<typeof exportedLearner>>;

const program = `
import { CategoryBlock, loadLearner, setQuiet } from 'fastts';

export async function classify(model: string, picture: string) {
  setQuiet(true);
  const learn = await loadLearner(model, { target: CategoryBlock() });
  return learn.predict(picture);
}

const [model, picture] = process.argv.slice(2);
classify(model!, picture!).then((prediction) => console.log(JSON.stringify(prediction)));
`;

beforeAll(async () => {
  setQuiet(true);
  exported = await exportedLearner(path.join(folder, 'pictures'));
  symlinkSync(
    path.resolve(__dirname, '../../../../node_modules'),
    path.join(folder, 'node_modules'),
    'junction',
  );
});

afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

/** Runs the program, bundled for Node, with the exported learner and an image. */
async function serve(format: Format, options: { packages?: 'external' }) {
  const outfile = path.join(folder, format === 'esm' ? 'server.mjs' : 'server.cjs');
  await build({
    stdin: { contents: program, resolveDir: folder, loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    outfile,
    logLevel: 'silent',
    ...options,
  });
  return spawnSync(process.execPath, [outfile, exported.file, exported.picture], { encoding: 'utf8' });
}

describe.each(['cjs', 'esm'] as const)('a server bundled by esbuild as %s', (format) => {
  test('predicts like a program that is not bundled', async () => {
    const { stdout, stderr } = await serve(format, { packages: 'external' });
    expect(stderr).toBe('');
    const [label, , probabilities] = JSON.parse(stdout);
    expect(label).toBe(exported.label);
    for (const [i, p] of exported.probabilities.entries()) expect(probabilities[i]).toBeCloseTo(p, 5);
  });

  test('throws an error with a remedy if the bundle contains fastts', async () => {
    const { status, stderr } = await serve(format, {});
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/FasttsError: fastts was bundled for Node.*keep it in node_modules/);
  });
});
