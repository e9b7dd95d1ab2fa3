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

test('in a page, export offers the file that Node writes as a download', async () => {
  const { file } = await exportedLearner(folder);
  const bytes = new Uint8Array(await readFile(file));
  const page = Object.assign(await pageWith("export { loadLearner, setQuiet } from 'fastts';", __dirname), {
    bytes,
  });
  const saved: { name: string; blob: Blob }[] = [];
  Object.assign(page, {
    Blob,
    URL: Object.assign(class extends URL {}, { createObjectURL: (blob: Blob) => blob }),
    setTimeout: () => {},
  });
  const { createElement } = page.document;
  page.document.createElement = (tag: string) => {
    if (tag !== 'a') return createElement(tag);
    const link = {
      href: null as unknown as Blob,
      download: '',
      click: () => saved.push({ name: link.download, blob: link.href }),
    };
    return link;
  };
  const [name, same] = await runInContext(
    `(async () => {
      fastts.setQuiet(true);
      const learn = await fastts.loadLearner(Uint8Array.from(bytes));
      return [await learn.export('mine'), await learn.exportBlob()];
    })()`,
    page,
  );
  expect(name).toBe('mine.safetensors');
  expect(saved.map((each) => each.name)).toEqual(['mine.safetensors']);
  const contents = await Promise.all([saved[0]!.blob, same].map((blob: Blob) => blob.arrayBuffer()));
  expect(Buffer.from(contents[0]!).equals(Buffer.from(contents[1]!))).toBe(true);
  expect(same.size).toBe(bytes.length);
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
