import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInContext } from 'node:vm';
import { pageWith } from '@fastts/testing/page';
import { setQuiet } from 'fastts';
import { exportedLearner } from './exportedLearner.js';

const folder = mkdtempSync(path.join(tmpdir(), 'fastts-page-'));

beforeAll(() => setQuiet(true));
afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

/** The built package, bundled for a page, in a context without Node. */
test('in a page, an exported learner predicts a tensor like Node predicts the file', async () => {
  const { file, pixels, shape, probabilities } = await exportedLearner(folder);
  const program = "export { loadLearner, setQuiet, tf } from 'fastts';";
  const bytes = new Uint8Array(await readFile(file));
  const page = Object.assign(await pageWith(program, __dirname), { bytes, pixels, shape });
  const [label, , seen, problem] = await runInContext(
    `(async () => {
      fastts.setQuiet(true);
      const learn = await fastts.loadLearner(Uint8Array.from(bytes));
      const picture = fastts.tf.tensor3d(pixels, shape, 'int32');
      const prediction = await learn.predict(picture);
      const problem = await learn.predict('cat.png').catch((error) => error.message);
      return [...prediction, problem];
    })()`,
    page,
  );
  expect(['cat', 'dog']).toContain(label);
  for (const [i, p] of probabilities.entries()) expect(seen[i]).toBeCloseTo(p, 2);
  expect(problem).toMatch(/cat\.png.*files cannot be decoded in a page: pass a tensor/);
});

test('a page logs which engine it uses, and how to use the GPU', async () => {
  const page = await pageWith("export { engineReport, useEngine } from 'fastts';", __dirname);
  const lines: string[] = [];
  page.console = { ...console, info: (line: string) => lines.push(line) };
  expect(await runInContext('fastts.useEngine()', page)).toBe('cpu');
  expect(lines.join('\n')).toMatch(/^fastts: engine cpu .* imports @tensorflow\/tfjs-backend-webgpu/);
  const report = await runInContext('fastts.engineReport()', page);
  expect(report).toContainEqual({ name: 'native', status: 'failed', reason: 'it runs in Node only' });
});
