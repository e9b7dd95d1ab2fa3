import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInContext } from 'node:vm';
import { pageWith } from '@fastts/testing/page';
import {
  AdaptiveAvgPool2d,
  CategoryBlock,
  ConvLayer,
  CrossEntropyLossFlat,
  DataBlock,
  Flatten,
  getImageFiles,
  ImageBlock,
  imagenetStats,
  Learner,
  Linear,
  Normalize,
  parentLabel,
  Resize,
  Sequential,
  setQuiet,
  setSeed,
} from 'fastts';
import sharp from 'sharp';

const folder = mkdtempSync(path.join(tmpdir(), 'fastts-page-'));
const [width, height] = [40, 30];
/** Smooth, since programs differ in how they shrink what is not. */
const pixels = Buffer.from(
  Array.from({ length: height * width * 3 }, (_, i) => 120 + 100 * Math.sin(i / 400) ** 2),
);

beforeAll(() => setQuiet(true));
afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

/** A learner that tells two pictures apart, exported. */
async function exported(): Promise<{ file: string; probabilities: number[] }> {
  for (const label of ['cat', 'dog']) {
    mkdirSync(path.join(folder, label));
    for (const name of ['1', '2']) {
      const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
      await picture.png().toFile(path.join(folder, label, `${name}.png`));
    }
  }
  setSeed(1);
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    itemTfms: new Resize(12),
    batchTfms: Normalize.fromStats(imagenetStats),
  }).dataloaders(folder, { bs: 2 });
  const model = new Sequential(
    new ConvLayer(3, 8),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
    new Linear(8, 2),
  );
  const learn = new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat(), path: folder });
  const [, , probabilities] = await learn.predict(path.join(folder, 'cat', '1.png'));
  return { file: await learn.export('pets'), probabilities };
}

/** The built package, bundled for a page, in a world that has nothing of Node. */
test('in a page, an exported learner predicts a tensor as Node predicts the file', async () => {
  const { file, probabilities } = await exported();
  const program = "export { loadLearner, setQuiet, tf } from 'fastts';";
  const page = Object.assign(await pageWith(program, __dirname), {
    bytes: new Uint8Array(await readFile(file)),
    pixels: [...pixels],
    shape: [height, width, 3],
  });
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
  expect(problem).toMatch(/cat\.png.*a page decodes no files; give a tensor/);
});
