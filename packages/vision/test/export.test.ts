import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  AdaptiveAvgPool2d,
  FileFormatError,
  Flatten,
  Linear,
  loadSafetensors,
  type Module,
  RegistryError,
  Rng,
  registered,
  Sequential,
  saveSafetensors,
  setQuiet,
  setSeed,
  Transform,
} from '@fastts/core';
import {
  CategoryBlock,
  DataBlock,
  type DataBlockOptions,
  IndexSplitter,
  MultiCategoryBlock,
  parentLabel,
  RegressionBlock,
  type TransformBlock,
} from '@fastts/data';
import {
  accuracy,
  CrossEntropyLossFlat,
  LabelSmoothingCrossEntropy,
  Learner,
  LearnerError,
  type LearnerOptions,
  loadLearner,
} from '@fastts/learner';
import { eachEngine } from '@fastts/testing/engines';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import {
  augTransforms,
  ConvLayer,
  getImageFiles,
  ImageBlock,
  imagenetStats,
  Normalize,
  ResBlock,
  Resize,
  XResNet,
} from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'fastts-export-'));
const pictures = join(folder, 'pictures');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  for (const [name, background] of Object.entries({ red: '#e01010', blue: '#1010e0' })) {
    mkdirSync(join(pictures, name), { recursive: true });
    for (let i = 0; i < 4; i++) {
      const picture = sharp({ create: { width: 30 + i, height: 24, channels: 3, background } });
      await picture.png().toFile(join(pictures, name, `${i}.png`));
    }
  }
});

type Options = Partial<
  DataBlockOptions<
    readonly [ReturnType<typeof ImageBlock>, ReturnType<typeof CategoryBlock>],
    1,
    string,
    string[]
  >
>;

function dataloaders(options: Options = {}) {
  return new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: new IndexSplitter([0, 5]),
    itemTfms: new Resize(12),
    batchTfms: [...augTransforms({ size: 8, minScale: 0.75 }), new Normalize()],
    ...options,
  }).dataloaders(pictures, { bs: 3 });
}

/** A network of layers that the library registers. */
const net = (nOut = 2) =>
  new Sequential(
    new ConvLayer(3, 4, { stride: 2 }),
    new ResBlock(1, 4, 4),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
    new Linear(4, nOut),
  );

const tinyNet = registered('tinyNet')(net);

async function learner(options: Partial<LearnerOptions> = {}, data: Options = {}, model: Module = net()) {
  const learn = new Learner(await dataloaders(data), model, {
    path: folder,
    metrics: accuracy,
    lossFunc: new LabelSmoothingCrossEntropy({ eps: 0.2 }),
    ...options,
  });
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

async function linesOf(work: () => Promise<unknown>): Promise<string> {
  setQuiet(false);
  return (await linesDuring(work)).join('\n');
}

eachEngine(() => {
  test('an exported learner predicts the same from paths, bytes, pixels and tensors', async () => {
    setSeed(1);
    const learn = await learner();
    await learn.fit(1);
    const file = await learn.export('pets');
    expect(normalize(file)).toBe(join(folder, 'pets.safetensors'));

    const before = tf.memory().numTensors;
    const draws = [jest.spyOn(Rng.prototype, 'normal'), jest.spyOn(Rng.prototype, 'uniform')];
    const loaded = await loadLearner(file);
    for (const draw of draws) {
      expect(draw).not.toHaveBeenCalled();
      draw.mockRestore();
    }
    const made = loaded.model.namedParameters().length + loaded.model.namedBuffers().length;
    expect(tf.memory().numTensors).toBe(before + made);
    expect(loaded.dls.vocab).toEqual(['blue', 'red']);
    expect(loaded.lossFunc).toMatchObject({ eps: 0.2 });

    const path = join(pictures, 'red', '1.png');
    const [label, number, probabilities] = await learn.predict(path);
    expect(await loaded.predict(path)).toEqual([label, number, probabilities]);
    const { data, info } = await sharp(readFileSync(path)).raw().toBuffer({ resolveWithObject: true });
    const pixels = { data, width: info.width, height: info.height, channels: 3 };
    const bytes = tf.tensor3d(data, [info.height, info.width, 3], 'int32');
    const shares = tf.div(bytes, 255);
    for (const same of [await sharp(readFileSync(path)).png().toBuffer(), pixels, bytes, shares]) {
      expect(await loaded.predict(same)).toEqual([label, number, probabilities]);
    }
    tf.dispose([bytes, shares]);
    const [preds] = await learn.getPreds();
    const [again] = await loaded.getPreds({ dl: loaded.dls.testDl([...learn.dls.valid.dataset.items]) });
    expect(await again.array()).toEqual(await preds.array());
    tf.dispose([preds, again]);
  });

  test('with data, it can be validated, used for test-time augmentation, and trained', async () => {
    setSeed(2);
    const learn = await learner();
    const loaded = await loadLearner(await learn.export(), { target: CategoryBlock(), metrics: accuracy });
    loaded.logger = null;
    loaded.showBar = false;
    await expect(loaded.fit(1)).rejects.toThrow(/no training data: assign learn.dls/);
    const dl = loaded.dls.testDl([...learn.dls.valid.dataset.items], { withLabels: true });
    expect(await loaded.validate({ dl })).toEqual(await learn.validate());
    const [preds, targs] = await loaded.tta({ dl, n: 1 });
    expect(preds.shape).toEqual([2, 2]);
    loaded.dls = await dataloaders({ blocks: [ImageBlock(), CategoryBlock({ vocab: loaded.dls.vocab })] });
    await loaded.fineTune(1);
    expect(loaded.recorder.values).toHaveLength(1);
    tf.dispose([preds, targs]);
  });
});

test('the file names its components and contains no code', async () => {
  const learn = await learner(
    { lossFunc: new CrossEntropyLossFlat() },
    { batchTfms: Normalize.fromStats(imagenetStats) },
    new XResNet(ResBlock, 1, [1, 1], { nOut: 2, widen: 0.1 }),
  );
  const { tensors, metadata } = await loadSafetensors(await learn.export('named'));
  expect(tensors.get('0.0.weight')!.shape).toEqual([32, 3, 3, 3]);
  expect(JSON.parse(metadata.fastts!)).toEqual({
    format: 1,
    model: { $new: 'XResNet', args: [{ $name: 'ResBlock' }, 1, [1, 1], { nOut: 2, widen: 0.1 }] },
    data: {
      blocks: [
        { $call: 'ImageBlock', args: [] },
        { $call: 'CategoryBlock', args: [] },
      ],
      nInp: 1,
      getters: [null, { $name: 'parentLabel' }],
      itemKind: null,
      typeTfms: [
        [{ $new: 'OpenImage', args: ['rgb'] }],
        [{ $new: 'Categorize', args: [{ vocab: ['blue', 'red'], sort: false, addNa: false }] }],
      ],
      itemTfms: [
        { $new: 'Resize', args: [12] },
        { $new: 'DecodeImage', args: [] },
      ],
      batchTfms: [{ $new: 'Normalize', args: [imagenetStats] }],
      bs: 3,
    },
    lossFunc: { $new: 'CrossEntropyLossFlat', args: [] },
    splitter: { $name: 'trainableParams' },
  });
  tf.dispose([...tensors.values()]);
});

class Mirror extends Transform {
  override kinds = ['image'];
  encodes(x: tf.Tensor4D) {
    return tf.reverse(x, 2);
  }
}

test('a custom transform and a custom model are found once they are registered', async () => {
  const own = () => learner({}, { batchTfms: new Mirror() });
  await expect(own().then((learn) => learn.export('own'))).rejects.toThrow(
    /batchTfms\[0\] is a Mirror that was not created by a registered class or function.*@registered\('Mirror'\)/,
  );
  const Registered = registered('Mirror')(Mirror);
  const learn = await learner({}, { batchTfms: new Registered() }, tinyNet(2));
  const loaded = await loadLearner(await learn.export('own'));
  const path = join(pictures, 'red', '1.png');
  expect(await loaded.predict(path)).toEqual(await learn.predict(path));
});

test('optional components that cannot be saved are logged', async () => {
  const learn = await learner(
    {
      lossFunc: (pred, y) => new CrossEntropyLossFlat().forward(pred, y),
      splitter: (model) => model.parameters(),
    },
    { getX: (path) => path, getY: (path) => parentLabel(path) },
  );
  const lines = await linesOf(() => learn.export('less'));
  expect(lines).toMatch(/items for the loaded model are what getX returns/);
  expect(lines).toMatch(/predictions are the model's raw outputs: lossFunc is/);
  expect(lines).toMatch(/all parameters are one group: splitter is/);
  const loaded = await loadLearner(join(folder, 'less.safetensors'));
  const path = join(pictures, 'red', '1.png');
  const [preds] = await loaded.getPreds({ dl: loaded.dls.testDl([path]) });
  expect(preds.shape).toEqual([1, 2]);
  const labeled = loaded.dls.testDl([path], { withLabels: true, strict: true });
  await expect(loaded.getPreds({ dl: labeled })).rejects.toThrow(/does not contain getY/);
});

test('a model that was changed after its creation cannot be exported', async () => {
  const model = tinyNet();
  model[model.length - 1] = new Linear(4, 3);
  const learn = await learner({}, {}, model);
  const before = tf.memory().numTensors;
  await expect(learn.export('changed')).rejects.toThrow(
    /changed after its factory created it: .*\.weight of shape \[3,4\]/,
  );
  expect(tf.memory().numTensors).toBe(before);
  expect(readdirSync(folder)).not.toContain('changed.safetensors');
});

test('files that are not an exported learner are errors that say why', async () => {
  const learn = await learner();
  const saved = await learn.save('weights');
  await expect(loadLearner(saved)).rejects.toThrow(
    /weights.safetensors: The file contains only tensors.*learn.load/,
  );
  const file = await learn.export('good');
  const { tensors, metadata } = await loadSafetensors(file);
  const config = JSON.parse(metadata.fastts!);
  const write = async (changed: unknown) => {
    const text = typeof changed === 'string' ? changed : JSON.stringify(changed);
    await saveSafetensors(join(folder, 'bad.safetensors'), tensors, { fastts: text });
    return loadLearner(join(folder, 'bad.safetensors'));
  };
  await expect(write('{')).rejects.toThrow(FileFormatError);
  await expect(write({ ...config, format: 2 })).rejects.toThrow(/newer version/);
  for (const damaged of ['null', '5', { ...config, model: null }, { ...config, data: { bs: 4 } }]) {
    await expect(write(damaged)).rejects.toThrow(FileFormatError);
  }
  for (const [changed, message] of [
    [{ model: config.lossFunc }, /has .*LabelSmoothingCrossEntropy.* instead of a model/],
    [{ lossFunc: 'none' }, /has "none" instead of a loss/],
    [{ splitter: 3 }, /has 3 instead of a splitter/],
    [{ data: { ...config.data, blocks: {} } }, /has {} instead of blocks/],
    [{ data: { ...config.data, typeTfms: [[], config.model] } }, /instead of the transforms of each block/],
    [{ data: { ...config.data, itemTfms: [config.lossFunc] } }, /instead of item transforms/],
    [{ data: { ...config.data, batchTfms: null } }, /has null instead of batch transforms/],
    [{ data: { ...config.data, getters: [5, null] } }, /has 5 instead of a getter/],
  ] as const) {
    await expect(write({ ...config, ...changed })).rejects.toThrow(FileFormatError);
    await expect(write({ ...config, ...changed })).rejects.toThrow(message);
  }
  await expect(write({ ...config, model: { $call: 'evil', args: [] } })).rejects.toThrow(RegistryError);
  const other = { $new: 'XResNet', args: [{ $name: 'ResBlock' }, 1, [1]] };
  await expect(write({ ...config, model: other })).rejects.toThrow(/missing|unexpected/);
  tf.dispose([...tensors.values()]);
});

test('a file is loaded from its path, its URL and its bytes', async () => {
  const learn = await learner();
  const file = await learn.export('sources');
  const bytes = new Uint8Array(readFileSync(file));
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/sources.safetensors' ? 200 : 404;
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const url = new URL(`http://localhost:${port}/sources.safetensors`);
    for (const source of [file, pathToFileURL(file), url, bytes, bytes.buffer, new Blob([bytes])]) {
      expect((await loadLearner(source)).dls.vocab).toEqual(['blue', 'red']);
    }
    const none = new URL('none.safetensors', url);
    await expect(loadLearner(none)).rejects.toThrow(/none\.safetensors responds with status 404/);
  } finally {
    server.close();
  }
  await expect(loadLearner(join(folder, 'none.safetensors'))).rejects.toThrow(/There is no file .*none/);
});

test("the expected target must match the file's", async () => {
  const learn = await learner();
  const file = await learn.export('target');
  const predict = async (target: TransformBlock) => {
    const [label] = await (await loadLearner(file, { target })).predict(join(pictures, 'red', '1.png'));
    return label;
  };
  for (const target of [CategoryBlock(), CategoryBlock({ vocab: ['red', 'blue'] })]) {
    expect(['blue', 'red']).toContain(await predict(target));
  }
  await expect(predict(MultiCategoryBlock())).rejects.toThrow(
    /target\.safetensors has a learner with 'category' targets, not 'multiCategory' \[-1\] targets/,
  );
  await expect(predict(CategoryBlock({ vocab: ['cat', 'dog'] }))).rejects.toThrow(
    /with 'category' \(blue, red\) targets, not 'category' \(cat, dog\) targets/,
  );
  const data = await new DataBlock({
    blocks: [ImageBlock(), RegressionBlock({ nOut: 2 })],
    getItems: getImageFiles,
    getY: () => [1, 2],
    itemTfms: new Resize(12),
  }).dataloaders(pictures, { bs: 3 });
  const numbers = await new Learner(data, net()).export(join(folder, 'numbers.safetensors'));
  await expect(loadLearner(numbers, { target: RegressionBlock() })).rejects.toThrow(
    /with 'regression' \[2\] targets, not 'regression' targets/,
  );
  const [values] = await (await loadLearner(numbers, { target: RegressionBlock({ nOut: 2 }) })).predict(
    join(pictures, 'red', '1.png'),
  );
  expect(values).toHaveLength(2);
});

test('export needs data loaders', async () => {
  const learn = await learner();
  const other = new Learner({ train: [], valid: [] }, learn.model, { lossFunc: new CrossEntropyLossFlat() });
  await expect(other.export()).rejects.toThrow(LearnerError);
});
