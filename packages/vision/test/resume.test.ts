import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setQuiet, setSeed } from '@fastts/core';
import { CategoryBlock, DataBlock, parentLabel, RandomSplitter } from '@fastts/data';
import { Callback, CheckpointCallback, CutMixCB, Learner, ProgressiveResize } from '@fastts/learner';
import * as tf from '@tensorflow/tfjs-core';
import fs from 'fs-extra';
import sharp from 'sharp';
import { augTransforms, getImageFiles, ImageBlock, Resize, SimpleCNN } from '../src/index.js';

let folder: string;

beforeAll(async () => {
  setQuiet(true);
  folder = await mkdtemp(join(tmpdir(), 'fastts-'));
  for (let i = 0; i < 40; i++) {
    const path = join(folder, 'pictures', 'ab'[i % 2]!, `${i}.png`);
    const background = { r: (i * 37) % 256, g: (i * 91) % 256, b: (i % 2) * 255 };
    await fs.outputFile(
      path,
      await sharp({ create: { width: 30, height: 20, channels: 3, background } })
        .png()
        .toBuffer(),
    );
  }
});

afterAll(async () => {
  setQuiet(false);
  await rm(folder, { recursive: true });
});

/** Fails after a batch, as if the process ended there. */
class Crash extends Callback {
  override order = 2000;

  constructor(private readonly at: number) {
    super();
  }

  override afterBatch(): void {
    if (this.learn.training && this.learn.trainIter === this.at) throw new Error('crash');
  }
}

/** Trains on augmented pictures that are mixed and that grow, and returns the weights and the recorded values. */
async function fit({
  dir,
  crash = 0,
  cache,
}: {
  dir?: string;
  crash?: number;
  cache?: number;
}): Promise<unknown> {
  setSeed(6);
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: new RandomSplitter(),
    itemTfms: new Resize(24),
    batchTfms: augTransforms({ size: 16, minScale: 0.75 }),
  }).dataloaders(join(folder, 'pictures'), { bs: 8, ...(cache && { cache }) });
  const learn = new Learner(dls, new SimpleCNN([3, 8, 2]), {
    cbs: [new CutMixCB(), new ProgressiveResize({ start: 0.2 })],
  });
  learn.showBar = false;
  learn.logger = null;
  const cbs = [new Crash(crash), ...(dir ? [new CheckpointCallback(dir, { everyBatches: 1 })] : [])];
  await learn.fitOneCycle(3, 1e-2, { cbs, ...(dir && { resume: dir }) });
  const state = learn.model.stateDict();
  const weights = [...state].map(([name, tensor]) => [name, [...tensor.dataSync()]]);
  tf.dispose([...state.values()]);
  return { weights, values: learn.recorder.values };
}

test('a fit on augmented pictures that stops within an epoch goes on to the same weights', async () => {
  const expected = await fit({});
  for (const crash of [2, 5, 8, 10]) {
    const dir = join(folder, `stopped at ${crash}`);
    await expect(fit({ dir, crash })).rejects.toThrow('crash');
    // A cache of decoded pictures changes nothing.
    expect(await fit({ dir, cache: 1e6 })).toEqual(expected);
  }
});
