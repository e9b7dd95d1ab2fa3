/**
 * Trains small models on random pictures in the main thread and, at the same time, in two worker threads: reading and
 * augmenting pictures, convolutions of all kinds, norms, pooling, optimizers, validation.
 */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import {
  Adam,
  AdaptiveAvgPool2d,
  accuracy,
  augTransforms,
  BatchNorm2d,
  CategoryBlock,
  Conv2d,
  CrossEntropyLossFlat,
  DataBlock,
  Dropout,
  Flatten,
  GELU,
  getImageFiles,
  ImageBlock,
  imagenetStats,
  LabelSmoothingCrossEntropy,
  Learner,
  Linear,
  MaxPool2d,
  MixUpCB,
  Normalize,
  parentLabel,
  ReLU,
  Resize,
  Sequential,
  SGD,
  setSeed,
  useEngine,
  xresnet18,
} from 'fastts';
import sharp from 'sharp';

const WORKERS = 2;

if (isMainThread) {
  const folder = await mkdtemp(path.join(tmpdir(), 'fastts-sanitized-'));
  try {
    await writePictures(folder);
    const workers = Array.from(
      { length: WORKERS },
      () => new Worker(new URL(import.meta.url), { workerData: folder }),
    );
    const ends = workers.map((worker) => once(worker, 'exit')); // rejects if the worker throws
    await train(folder);
    await Promise.all(ends);
  } finally {
    await rm(folder, { recursive: true });
  }
} else await train(workerData);

async function train(folder) {
  await useEngine('native');
  setSeed(42);
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    itemTfms: new Resize(40),
    batchTfms: [...augTransforms({ size: 32, minScale: 0.75 }), Normalize.fromStats(imagenetStats)],
  }).dataloaders(folder, { bs: 7 });
  const residual = new Learner(dls, xresnet18({ nOut: dls.c }), {
    lossFunc: new LabelSmoothingCrossEntropy(),
    optFunc: Adam,
    metrics: accuracy,
    cbs: new MixUpCB(),
  });
  await fit(residual);
  const separable = new Sequential(
    new Conv2d(3, 16, 5, { stride: 2, padding: 2 }),
    new BatchNorm2d(16),
    new ReLU(),
    new Conv2d(16, 16, 3, { padding: 1, groups: 16 }),
    new GELU(),
    new Conv2d(16, 24, 3, { padding: 1, groups: 4 }),
    new MaxPool2d(2),
    new Conv2d(24, 33, 1),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
    new Dropout(0.5),
    new Linear(33, dls.c),
  );
  await fit(new Learner(dls, separable, { lossFunc: new CrossEntropyLossFlat(), optFunc: SGD }));
}

async function fit(learn) {
  learn.logger = null;
  learn.showBar = false;
  await learn.fitOneCycle(1, 1e-3);
  const loss = learn.recorder.values.at(-1)?.[0];
  if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
}

/** Pictures of two classes, of different sizes. */
async function writePictures(folder) {
  for (const name of ['one', 'other']) {
    await mkdir(path.join(folder, name));
    for (let i = 0; i < 12; i++) {
      const create = {
        width: 36 + i,
        height: 44,
        channels: 3,
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      };
      await sharp({ create })
        .png()
        .toFile(path.join(folder, name, `${i}.png`));
    }
  }
}
