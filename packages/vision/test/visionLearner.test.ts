import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  ensureEngine,
  Flatten,
  Linear,
  Mish,
  type Module,
  named,
  Sequential,
  StateDictError,
  saveSafetensors,
  setQuiet,
} from '@fastts/core';
import { ArchiveError, CategoryBlock, DataBlock, DownloadError, IndexSplitter } from '@fastts/data';
import { CrossEntropyLossFlat, Learner, loadLearner } from '@fastts/learner';
import { type LocalServer, serve } from '@fastts/testing/server';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import {
  type Arch,
  Bottleneck,
  ConvLayer,
  defaultSplit,
  hubWeights,
  ImageBlock,
  imagenetStats,
  LinBnDrop,
  MaxBlurPool,
  modelMeta,
  Normalize,
  PixelShuffleICNR,
  PoolFlatten,
  SEResNeXtBlock,
  SelfAttention,
  unetLearner,
  type VisionLearnerOptions,
  visionLearner,
  XResNet,
} from '../src/index.js';
import { filled } from './blockCase.js';

/** A small network with a body of three parts. */
const tiny: Arch = named('tiny')(
  () =>
    new Sequential(
      new ConvLayer(3, 4, { stride: 2 }),
      new ConvLayer(4, 6),
      new ConvLayer(6, 8, { stride: 2 }),
      new AdaptiveAvgPool2d(1),
      new Flatten(),
      new Linear(8, 20),
    ),
);

let home: string;
let server: LocalServer;
let weights: Buffer;
let served: Record<string, { body?: Buffer; headers?: Record<string, string>; status?: number }>;
let requests: string[];

beforeAll(async () => {
  setQuiet(true);
  await ensureEngine();
  home = mkdtempSync(join(tmpdir(), 'fastts-weights-'));
  const path = join(home, 'tiny.safetensors');
  await saveSafetensors(path, filled(tiny()).stateDict());
  weights = readFileSync(path);
  server = await serve(({ method, url }, response) => {
    requests.push(`${method} ${url}`);
    const { body, headers = {}, status = body ? 200 : 404 } = served[url!] ?? {};
    response.writeHead(status, headers);
    response.end(method === 'HEAD' ? undefined : body);
  });
  process.env.HF_ENDPOINT = server.address;
  modelMeta.set(tiny, { cut: null, split: defaultSplit, stats: imagenetStats });
});
beforeEach(() => {
  process.env.FASTTS_HOME = mkdtempSync(join(home, 'home-'));
  requests = [];
});
afterAll(async () => {
  delete process.env.FASTTS_HOME;
  delete process.env.HF_ENDPOINT;
  setQuiet(false);
  rmSync(home, { recursive: true });
  await server.close();
});

async function dataloaders({ normalize = false, gray = false } = {}) {
  const items = await Promise.all(
    ['#e01010', '#1010e0', '#10e010', '#303030'].map((background) =>
      sharp({ create: { width: 16, height: 16, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  return new DataBlock({
    blocks: [ImageBlock({ mode: gray ? 'gray' : 'rgb' }), CategoryBlock()],
    getY: (item: unknown) => String((items as unknown[]).indexOf(item) % 2),
    splitter: new IndexSplitter([0, 1]),
    batchTfms: normalize ? [new Normalize()] : [],
  }).dataloaders(items, { bs: 2 });
}

const bodyWeight = (model: Module) => model.stateDict().get('0.0.0.weight')!;
const local = () => join(home, 'tiny.safetensors');

describe('visionLearner', () => {
  it('loads a file of weights, normalizes the data by their statistics, and freezes the body', async () => {
    const dls = await dataloaders();
    const learn = await visionLearner(dls, tiny, { weights: local(), linFtrs: [] });
    expect(bodyWeight(learn.model).dataSync()).toEqual(trainedState().get('0.0.weight')!.dataSync());
    expect([...dls.valid.afterBatch].filter((tfm) => tfm instanceof Normalize)).toEqual([
      Normalize.fromStats(imagenetStats),
    ]);
    const body = learn.model.children()[0]![1];
    const before = bodyWeight(learn.model).dataSync();
    await learn.fit(1, 0.1);
    expect(bodyWeight(learn.model).dataSync()).toEqual(before);
    // Norm layers are trained even in frozen groups.
    expect(body.stateDict().get('0.1.weight')!.dataSync()).not.toEqual(
      trainedState().get('0.1.weight')!.dataSync(),
    );
    learn.unfreeze();
    await learn.fit(1, 0.1);
    expect(bodyWeight(learn.model).dataSync()).not.toEqual(before);
    const [label, , probabilities] = await learn.predict(
      await sharp({ create: { width: 16, height: 16, channels: 3, background: '#e01010' } })
        .png()
        .toBuffer(),
    );
    expect(['0', '1']).toContain(label);
    expect(probabilities).toHaveLength(2);
  });

  it('does not normalize normalized or grayscale data again, and sums the weights for one channel', async () => {
    const normalized = await dataloaders({ normalize: true });
    await visionLearner(normalized, tiny, { weights: local() });
    expect([...normalized.train.afterBatch].filter((tfm) => tfm instanceof Normalize)).toHaveLength(1);
    const gray = await dataloaders({ gray: true });
    const learn = await visionLearner(gray, tiny, { weights: local(), nIn: 1 });
    expect([...gray.train.afterBatch]).toHaveLength(0);
    const summed = tf.sum(trainedState().get('0.0.weight')!, 1, true);
    expect(tf.max(tf.abs(tf.sub(bodyWeight(learn.model), summed))).dataSync()[0]).toBeLessThan(1e-6);
    await learn.fit(1);
  });

  it('trains all layers of an untrained model', async () => {
    const dls = await dataloaders();
    const learn = await visionLearner(dls, tiny, { pretrained: false, lr: 0.1 });
    expect([...dls.train.afterBatch]).toHaveLength(0);
    const before = bodyWeight(learn.model).dataSync();
    await learn.fit(1);
    expect(bodyWeight(learn.model).dataSync()).not.toEqual(before);
  });

  it('rejects weights and options that do not match', async () => {
    const dls = await dataloaders();
    await expect(visionLearner(dls, tiny)).rejects.toThrow(
      /No weights are known for tiny.*pretrained: false/,
    );
    const other = () => new Sequential(new ConvLayer(3, 5), new AdaptiveAvgPool2d(1));
    await expect(visionLearner(dls, other, { weights: local() })).rejects.toThrow(StateDictError);
    await expect(visionLearner(dls, other, { weights: local() })).rejects.toThrow(/such as 0\.0\.weight/);
    await expect(visionLearner(dls, tiny, { weights: join(home, 'none.pth') })).rejects.toThrow(/no file/);
    const untrained = (options: VisionLearnerOptions) =>
      visionLearner(dls, tiny, { pretrained: false, ...options });
    await expect(untrained({ weights: local() })).rejects.toThrow(
      /Weights are given, but pretrained is false/,
    );
    await expect(untrained({ nOut: 2.5 })).rejects.toThrow('nOut must be an integer ≥ 1, got 2.5.');
    await expect(untrained({ cut: 0 })).rejects.toThrow(/The body is empty.*cut/);
  });

  it('frees the tensors that it loaded', async () => {
    const dls = await dataloaders();
    const before = tf.memory().numTensors;
    const learn = await visionLearner(dls, tiny, { weights: local() });
    learn.model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('weights from a hub', () => {
  const sha256 = () => createHash('sha256').update(weights).digest('hex');
  const path = '/somebody/tiny/resolve/main/model.safetensors';
  const cdn = '/cdn/blob';
  const hub = (etag: string) => ({
    [path]: {
      status: 302,
      headers: { location: cdn, 'x-linked-etag': `"${etag}"` },
    },
    [cdn]: { body: weights },
  });

  it('are downloaded once, and verified by its hash', async () => {
    served = hub(sha256());
    const dls = await dataloaders();
    const options = { weights: hubWeights('somebody/tiny') };
    await visionLearner(dls, tiny, options);
    expect(requests).toEqual([`GET ${path}`, `GET ${cdn}`, `HEAD ${path}`]);
    const learn = await visionLearner(dls, tiny, options);
    expect(requests).toHaveLength(3);
    expect(bodyWeight(learn.model).dataSync()).toEqual(trainedState().get('0.0.weight')!.dataSync());
  });

  it('are rejected if their hash differs, and not kept', async () => {
    served = hub('0'.repeat(64));
    const dls = await dataloaders();
    const options = { weights: hubWeights('somebody/tiny') };
    await expect(visionLearner(dls, tiny, options)).rejects.toThrow(ArchiveError);
    await expect(visionLearner(dls, tiny, options)).rejects.toThrow(/SHA-256/);
    served = hub(sha256());
    const wrong = { weights: hubWeights('somebody/tiny', { sha256: 'abcdef' }) };
    await expect(visionLearner(dls, tiny, wrong)).rejects.toThrow(/expected abcdef/);
    const right = { weights: hubWeights('somebody/tiny', { sha256: sha256().slice(0, 8) }) };
    await visionLearner(dls, tiny, right);
  });

  it("are by default the architecture's own, from the first available source", async () => {
    served = hub(sha256());
    const places = [hubWeights('nobody/tiny'), hubWeights('somebody/tiny')];
    const known: Arch = () => tiny();
    modelMeta.set(known, { ...modelMeta.get(tiny)!, weights: places });
    const dls = await dataloaders();
    const learn = await visionLearner(dls, known);
    expect(bodyWeight(learn.model).dataSync()).toEqual(trainedState().get('0.0.weight')!.dataSync());
    served = {};
    process.env.FASTTS_HOME = mkdtempSync(join(home, 'home-'));
    await expect(visionLearner(dls, known)).rejects.toThrow(DownloadError);
  });
});

it('unetLearner creates a U-Net for the size of the images, and trains its decoder', async () => {
  const dls = await dataloaders();
  const learn = await unetLearner(dls, tiny, {
    weights: local(),
    nOut: 2,
    selfAttention: true,
    lossFunc: (pred: tf.Tensor) => tf.mean(tf.square(pred)) as tf.Scalar,
  });
  const [x] = await dls.oneBatch();
  expect(tf.tidy(() => learn.model.forward(x).shape)).toEqual([2, 16, 16, 2]);
  const encoder = learn.model.stateDict().get('layers.0.0.0.weight')!;
  expect(encoder.dataSync()).toEqual(trainedState().get('0.0.weight')!.dataSync());
  const last = () => learn.model.parameters().at(-1)!.value.dataSync();
  const before = last();
  await learn.fit(1, 0.1);
  expect(last()).not.toEqual(before);
  expect(learn.model.stateDict().get('layers.0.0.0.weight')!.dataSync()).toEqual(encoder.dataSync());
});

describe('an exported learner is recreated from its file', () => {
  const same = (a: Module, b: Module) => {
    const x = tf.randomUniform([1, 16, 16, 3]);
    const [first, second] = [a, b].map((model) => tf.tidy(() => model.eval().forward(x).dataSync()));
    expect(second).toEqual(first);
  };

  it('with another number of channels, layer options, and a body cut from a registered architecture', async () => {
    const dls = await dataloaders();
    const head = { linFtrs: [6], ps: [0.1, 0.2], bnFinal: true };
    const learn = await visionLearner(dls, tiny, { weights: local(), path: home, ...head });
    same(learn.model, (await loadLearner(await learn.export('vision'))).model);
    const gray = await dataloaders({ gray: true });
    const ofGray = await visionLearner(gray, tiny, { weights: local(), path: home, nIn: 1 });
    const loaded = await loadLearner(await ofGray.export('gray'));
    expect(bodyWeight(loaded.model).dataSync()).toEqual(bodyWeight(ofGray.model).dataSync());
    expect(loaded.splitter).toBe(ofGray.splitter);
  });

  it('of a U-Net, of an xresnet and of a ResNet', async () => {
    const dls = await dataloaders();
    const lossFunc = new CrossEntropyLossFlat();
    const options = { lossFunc, path: home };
    const unet = await unetLearner(dls, tiny, { weights: local(), nOut: 2, actCls: Mish, ...options });
    same(unet.model, (await loadLearner(await unet.export('unet'))).model);
    const config = {
      sa: true,
      actCls: Mish,
      pool: MaxBlurPool,
      widen: 0.25,
      reduction: 4,
      groups: 2,
      nOut: 2,
    };
    const small = new XResNet(SEResNeXtBlock, 1, [1, 1, 1, 1], { ...config, stemSzs: [4, 4, 64] });
    const learn = new Learner(dls, small, options);
    same(learn.model, (await loadLearner(await learn.export('xresnet'))).model);
    const projection = new Sequential(new Conv2d(3, 8, 1, { stride: 2, bias: false }), new BatchNorm2d(8));
    const blocks = new Sequential(
      new Bottleneck(3, 2, 2, projection),
      new SelfAttention(8),
      new PixelShuffleICNR(8, 4, { blur: true }),
      new PoolFlatten(),
      new LinBnDrop(4, 2),
    );
    const ofBlocks = new Learner(dls, blocks, options);
    same(ofBlocks.model, (await loadLearner(await ofBlocks.export('blocks'))).model);
  });
});

function trainedState() {
  return filled(tiny()).stateDict();
}
