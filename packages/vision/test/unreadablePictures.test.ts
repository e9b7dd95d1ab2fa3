import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setProgressSink, setSeed } from '@fastts/core';
import { ItemError } from '@fastts/data';
import { Learner } from '@fastts/learner';
import { lineSink } from '@fastts/testing/progress';
import sharp from 'sharp';
import { augTransforms, ImageDataLoaders, SimpleCNN } from '../src/index.js';

let folder: string;
const said: string[] = [];
const at = (...names: string[]) => join(folder, ...names);

/** Two classes of 100 pictures, and the same with two files more that are none: 1%. */
beforeAll(async () => {
  setProgressSink(lineSink(said));
  folder = mkdtempSync(join(tmpdir(), 'fastts-unreadable-'));
  for (const [label, background] of Object.entries({ blue: '#2030c0', red: '#c03020' })) {
    mkdirSync(at('clean', label), { recursive: true });
    for (let i = 0; i < 100; i++) {
      const light = { brightness: 0.5 + i / 100 };
      const picture = sharp({ create: { width: 12, height: 12, channels: 3, background } }).modulate(light);
      await picture.png().toFile(at('clean', label, `${i}.png`));
    }
  }
  cpSync(at('clean'), at('dirty'), { recursive: true });
  writeFileSync(at('dirty', 'red', '37a.png'), '<html>not found</html>');
  writeFileSync(at('dirty', 'blue', '5a.png'), readFileSync(at('clean', 'blue', '5.png')).subarray(0, -30));
});
afterAll(() => {
  setProgressSink(null);
  rmSync(folder, { recursive: true });
});

async function learner(name: string, options: { verify?: boolean } = {}) {
  setSeed(6);
  const dls = await ImageDataLoaders.fromFolder(at(name), {
    validPct: 0.2,
    bs: 16,
    batchTfms: augTransforms({ size: 12 }),
    ...options,
  });
  const learn = new Learner(dls, new SimpleCNN([3, 4, 2]));
  learn.showBar = false;
  learn.logger = null;
  return learn;
}

async function weights(learn: Learner): Promise<Float32Array[]> {
  const tensors = Object.values(learn.model.stateDict());
  return Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
}

test('with verify, a run with 1% of files that cannot be read is bit by bit the run without them', async () => {
  const clean = await learner('clean');
  await clean.fitOneCycle(2, 1e-2);
  said.splice(0);
  const dirty = await learner('dirty', { verify: true });
  expect(said.filter((line) => line.startsWith('Skipped'))).toEqual([
    expect.stringMatching(/^Skipped 2 of 202 items that cannot be loaded: .*5a\.png .*; .*37a\.png /),
  ]);
  await dirty.fitOneCycle(2, 1e-2);
  expect(dirty.recorder.values).toEqual(clean.recorder.values);
  expect(await weights(dirty)).toEqual(await weights(clean));
});

test('without verify, they are named once, and all batches are full', async () => {
  const learn = await learner('dirty');
  const sizes = new Set<number>();
  said.splice(0);
  for (let epoch = 0; epoch < 2; epoch++) {
    for await (const [x, y] of learn.dls.train) {
      sizes.add(x.shape[0]);
      x.dispose();
      y.dispose();
    }
    for await (const [x, y] of learn.dls.valid) {
      x.dispose();
      y.dispose();
    }
  }
  expect([...sizes]).toEqual([16]);
  const named = said.filter((line) => line.startsWith('Skipped')).join('\n');
  expect(named.match(/37a\.png/g)).toHaveLength(1);
  expect(named.match(/5a\.png/g)).toHaveLength(1);
});

test('a prediction of such a file is one error that names it and the reason', async () => {
  const learn = await learner('clean');
  const path = at('dirty', 'red', '37a.png');
  const predicting = learn.predict(path);
  await expect(predicting).rejects.toThrow(ItemError);
  await expect(predicting).rejects.toThrow(
    `${path} cannot be read as an image: it is not an image in a supported format`,
  );
});
