import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Program, program } from '@fastts/testing/program';
import { writePictures } from '../../../bench/src/soak/round.js';

/** Trains chapter 7's way on the pictures of a folder, and prints what the weights are. */
const source = `
import { createHash } from 'node:crypto';
import {
  accuracy, augTransforms, CategoryBlock, DataBlock, Dropout, getImageFiles, ImageBlock, imagenetStats, LabelSmoothingCrossEntropy,
  Learner, Linear, MixUpCB, Normalize, parentLabel, RandomErasing, RandomSplitter, Resize, Sequential, setQuiet, setSeed, useEngine,
  xresnet18,
} from 'fastts';

async function main() {
  const [folder, seed] = process.argv.slice(2);
  setQuiet(true);
  await useEngine('native');
  setSeed(Number(seed));
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: new RandomSplitter(0.25),
    itemTfms: new Resize(64),
    batchTfms: [...augTransforms({ size: 48, minScale: 0.75 }), Normalize.fromStats(imagenetStats), new RandomErasing({ p: 0.5 })],
  }).dataloaders(folder, { bs: 8 });
  const model = new Sequential(xresnet18({ nOut: 16 }), new Dropout(0.2), new Linear(16, dls.c));
  const learn = new Learner(dls, model, { lossFunc: new LabelSmoothingCrossEntropy(), metrics: accuracy, cbs: new MixUpCB() });
  learn.logger = null;
  learn.showBar = false;
  await learn.fitOneCycle(2, 3e-3);
  const hash = createHash('sha256');
  for (const tensor of model.stateDict().values()) hash.update(Float32Array.from(tensor.dataSync()));
  const [preds] = await learn.tta({ n: 2 });
  hash.update(Float32Array.from(preds.dataSync()));
  console.log(JSON.stringify({ weights: hash.digest('hex'), losses: learn.recorder.losses }));
}
main();
`;

interface Trained {
  weights: string;
  losses: number[];
}

let folder: string;
let trains: Program;

beforeAll(async () => {
  trains = await program(source, __dirname);
  folder = mkdtempSync(path.join(tmpdir(), 'fastts-repeatability-'));
  await writePictures(folder, 14);
});

afterAll(() => {
  trains.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function trained(seed: number, threads: number): Promise<Trained> {
  const env = { FASTTS_NUM_THREADS: String(threads) };
  const { output, errors, code } = await trains.start([folder, String(seed)], { env }).ended;
  if (code !== 0) throw new Error(errors);
  return JSON.parse(output);
}

test('two processes with the same seed and number of threads train the same weights bit by bit', async () => {
  const [first, second, otherSeed] = await Promise.all([trained(42, 2), trained(42, 2), trained(43, 2)]);
  expect(second).toEqual(first);
  expect(first!.losses.length).toBeGreaterThan(5);
  expect(otherSeed!.weights).not.toBe(first!.weights);
});

test('other numbers of threads train the same within rounding', async () => {
  const runs = await Promise.all([1, 2, 3].map((threads) => trained(42, threads)));
  const [first, ...others] = runs.map(({ losses }) => losses);
  for (const losses of others) {
    for (const [i, loss] of losses.entries()) {
      expect(Math.abs(loss / first![i]! - 1)).toBeLessThan(1e-4);
    }
  }
});
