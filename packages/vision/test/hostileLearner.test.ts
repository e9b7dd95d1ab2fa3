import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Conv2d,
  FileFormatError,
  type Json,
  RegistryError,
  Sequential,
  toConfig,
  useEngine,
} from '@fastts/core';
import { type LoadLearnerOptions, loadLearner } from '@fastts/learner';
import { peakBytes } from '@fastts/testing/peakBytes';
import * as tf from '@tensorflow/tfjs-core';
import { DynamicUnet } from '../src/index.js';
import { called, learnerFile, made, smallConfig } from './learnerFiles.js';

beforeAll(() => useEngine('cpu'));

const config = smallConfig;
const withModel = (model: Json) => ({ ...config, model });
const withData = (data: Record<string, unknown>) => ({ ...config, data: { ...config.data, ...data } });
const withItem = (transform: Json) => withData({ itemTfms: [transform] });
const relu = made('ReLU');
const nested = (depth: number) => `${'{"$new":"Sequential","args":['.repeat(depth)}${']}'.repeat(depth)}`;

/** Loads a file; returns what it took, and checks that nothing is left of a failure. */
async function bytesOf(file: Uint8Array, options?: LoadLearnerOptions): Promise<number> {
  const before = tf.memory().numTensors;
  return peakBytes(async () => {
    const learn = await loadLearner(file, options).catch((error) => {
      expect(tf.memory().numTensors).toBe(before);
      throw error;
    });
    learn.model.dispose();
  });
}

test('a learner file loads', async () => {
  expect(await bytesOf(await learnerFile(config))).toBeLessThan(1e5);
});

describe('a learner file', () => {
  const big = made('Linear', 40_000, 40_000);
  it.each<[string, unknown, RegExp]>([
    // What a description would make.
    ['of a layer far beyond its tensors', withModel(big), /bytes of memory/],
    [
      'of a U-Net on such a layer',
      withModel(made('DynamicUnet', made('Sequential', big, made('Conv2d', 3, 4, 3)), 2, 32)),
      /bytes of memory/,
    ],
    ['of millions of blocks', withModel(made('XResNet', { $name: 'ResBlock' }, 1, [1e7])), /bytes of memory/],
    [
      'of endlessly many blocks',
      withModel(made('XResNet', { $name: 'ResBlock' }, 1, [1e308])),
      /XResNet\(.*which fails/,
    ],
    [
      'of a large architecture without its tensors',
      withModel(called('visionModel', { $name: 'xresnet152' }, 2)),
      /bytes of memory/,
    ],
    [
      'of a U-Net on a huge image',
      withModel(called('unetModel', { $name: 'resnet18' }, 2, 8000)),
      /bytes of memory/,
    ],
    [
      'of an image beyond the limit',
      withModel(called('unetModel', { $name: 'resnet18' }, 2, 1e6)),
      /size \[1000000,1000000\].*option maxImageSide/,
    ],
    [
      'of an encoder with much padding',
      withModel(made('DynamicUnet', made('Sequential', made('Conv2d', 3, 2, 3, { padding: 8000 })), 2, 32)),
      /bytes of memory/,
    ],
    [
      'of an encoder that repeats pixels',
      withModel(
        made(
          'DynamicUnet',
          made('Sequential', made('Conv2d', 3, 2, 3), made('ReplicationPad2d', { left: 8000, top: 8000 })),
          2,
          32,
        ),
      ),
      /bytes of memory/,
    ],
    [
      'of an encoder that multiplies channels',
      withModel(
        made(
          'DynamicUnet',
          made(
            'Sequential',
            made('Conv2d', 3, 2, 3),
            ...Array(40).fill(made('SequentialEx', made('Identity'), made('MergeLayer', true))),
          ),
          2,
          32,
        ),
      ),
      /bytes of memory/,
    ],
    [
      'of an encoder that multiplies channels at once',
      withModel(
        made(
          'DynamicUnet',
          made('Sequential', made('Conv2d', 3, 64, 3), made('Cat', ...Array(5000).fill(made('Identity')))),
          2,
          32,
        ),
      ),
      /bytes of memory/,
    ],
    [
      'of an encoder that pools to a large image',
      withModel(
        made(
          'DynamicUnet',
          made('Sequential', made('Conv2d', 3, 2, 3), made('AdaptiveAvgPool2d', 8000)),
          2,
          32,
        ),
      ),
      /bytes of memory/,
    ],
    [
      'of attention over many pixels',
      withModel(
        made('DynamicUnet', made('Sequential', made('Conv2d', 3, 8, 3), made('SelfAttention', 8)), 2, 512),
      ),
      /bytes of memory/,
    ],
    [
      'of more layers than a call takes',
      withModel({ $new: 'Sequential', args: Array(150_000).fill(relu) }),
      /Sequential\(.*which fails/,
    ],
    [
      'of an encoder of a large kernel',
      withModel(made('DynamicUnet', made('Sequential', made('Conv2d', 3, 1, 900)), 2, 1000)),
      /bytes of memory/,
    ],
    [
      'of an encoder that computes for long',
      withModel(made('DynamicUnet', made('Sequential', made('Conv2d', 3, 1, 140)), 2, 1000)),
      /bytes of memory/,
    ],
    ...(
      [
        made('Conv2d', 3, 4, 3, { padding: 1e6 }),
        made('ConvTranspose2d', 3, 4, 3, { stride: 1e6 }),
        made('MaxPool2d', 1e6),
        made('AvgPool2d', 3, { stride: 1, padding: 1e6 }),
        made('MaxBlurPool2d', 3, { maxPoolSize: 1e6 }),
        made('AdaptiveAvgPool2d', 1e6),
        made('AdaptiveConcatPool2d', [1, 1e6]),
        made('ReplicationPad2d', { left: 1e6 }),
      ] as Json[]
    ).map((layer): [string, unknown, RegExp] => [
      `of a window of ${JSON.stringify(layer)}`,
      withModel(layer),
      /the option maxImageSide/,
    ]),
    // Numbers.
    ...([1e6, -1, 1.5, 1e308, 0, [1, 1e9], null, 'constructor'] as Json[]).map(
      (size): [string, unknown, RegExp] => [
        `of Resize(${JSON.stringify(size)})`,
        withItem(made('Resize', size)),
        /asks for Resize|the option maxImageSide/,
      ],
    ),
    [
      'of an infinite number',
      JSON.stringify(withItem(made('Resize', 7))).replace('[7]', '[1e999]'),
      /which is not an encoded value/,
    ],
    ['of RatioResize(1e6)', withItem(made('RatioResize', 1e6)), /the option maxImageSide/],
    ['of a batch size that is none', withData({ bs: 0.5 }), /description of the data/],
    ['of inputs that are no number', withData({ nInp: '1' }), /description of the data/],
    ['of more inputs than blocks', withData({ nInp: 3 }), /2 blocks, of which 3 are inputs/],
    ['of a layer with negative sides', withModel(made('Conv2d', 3, -4, 3)), /Conv2d|not a shape/],
    // Structure.
    [
      'that is nested deep',
      JSON.stringify(withModel(0)).replace('"model":0', `"model":${nested(100_000)}`),
      /nested deeper than 256/,
    ],
    [
      'that is nested less deep, but deeper than a model',
      JSON.stringify(withModel(0)).replace('"model":0', `"model":${nested(200)}`),
      /nested deeper than 256/,
    ],
    [
      'with a name twice',
      JSON.stringify(config).replace('"format":1', '"format":1,"format":1'),
      /has the name 'format' twice/,
    ],
    [
      'with a __proto__',
      JSON.stringify(withItem(made('Resize', 8, { x: 1 }))).replace('"x"', '"__proto__"'),
      /not an encoded value/,
    ],
    [
      'with two kinds of a value',
      withModel({ $new: 'ReLU', $name: 'ReLU', args: [] }),
      /not an encoded value/,
    ],
    ['with arguments of a name', withModel({ $name: 'ReLU', args: [] }), /not an encoded value/],
    ['with an unknown kind of a value', withModel({ $eval: '1', args: [] }), /not an encoded value/],
    [
      'that calls a function that is only passed',
      withModel(called('parentLabel', '/a/b')),
      /not an encoded value/,
    ],
    ['that calls a class', withModel(called('ReLU')), /ReLU/],
    ['of a list', [], /config lacks the format/],
    ['of a format that is none', { ...config, format: '1' }, /config lacks the format/],
    ['without a loss', { ...config, lossFunc: undefined }, /config lacks/],
    // Kinds.
    ['whose model is no module', withModel(made('Resize', 8)), /instead of a model/],
    ['whose model is a class', withModel({ $name: 'ReLU' }), /instead of a model/],
    ['whose model is a text', withModel('model'), /instead of a model/],
    ['whose layers are no modules', withModel(made('Sequential', 5)), /Sequential.*is not a module/],
    ['whose loss is a model', { ...config, lossFunc: relu }, /instead of a loss/],
    [
      'whose loss has any forward',
      { ...config, lossFunc: { forward: { $name: 'parentLabel' } } },
      /instead of a loss/,
    ],
    ['whose getter is a class', withData({ getters: [null, { $name: 'Linear' }] }), /instead of a getter/],
    [
      'whose getter is a block',
      withData({ getters: [null, { $name: 'ImageBlock' }] }),
      /instead of a getter/,
    ],
    ['whose getters are none', withData({ getters: null }), /description of the data/],
    [
      'whose getters are too many',
      withData({ getters: [null, null, null] }),
      /2 blocks, but the transforms of 2 and the getters of 3/,
    ],
    ['whose transforms are too few', withData({ typeTfms: [[]] }), /2 blocks, but the transforms of 1/],
    ['whose splitter is a class', { ...config, splitter: { $name: 'Linear' } }, /instead of a splitter/],
    ['whose kind of items is none', withData({ itemKind: 5 }), /description of the data/],
    ['whose block is none', withData({ blocks: [called('ImageBlock'), made('ReLU')] }), /instead of blocks/],
    [
      'whose vocabulary has objects',
      withData({ typeTfms: [[], [made('Categorize', { vocab: [{}, []] })]] }),
      /Categorize/,
    ],
  ])('%s is rejected before anything is made', async (_, description, message) => {
    const file = await learnerFile(description);
    const before = tf.memory().numTensors;
    let error: unknown;
    const taken = await peakBytes(async () => {
      error = await loadLearner(file).catch((thrown) => thrown);
    });
    expect(error).toBeInstanceOf(FileFormatError);
    expect(String(error)).toMatch(message);
    expect(taken).toBeLessThan(16 * file.length + 64 * 2 ** 20);
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('a layer that does not fit the tensors takes no memory', async () => {
  const file = await learnerFile(withModel(made('Linear', 2000, 2000)));
  const taken = await peakBytes(() => expect(loadLearner(file)).rejects.toThrow(FileFormatError));
  expect(taken).toBeLessThan(1e5);
});

test('a name that is not registered is an error of its own, which also names the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fastts-hostile-'));
  try {
    const path = join(folder, 'a.safetensors');
    for (const name of ['evil', 'constructor', '__proto__', 'toString']) {
      await writeFile(path, await learnerFile(withModel(made(name))));
      await expect(loadLearner(path)).rejects.toThrow(RegistryError);
      await expect(loadLearner(path)).rejects.toThrow(`${path}: The file asks for '${name}'`);
    }
    await writeFile(path, await learnerFile(withModel(relu)));
    await expect(loadLearner(path)).rejects.toThrow(`${path}: The state dictionary does not fit the module`);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('limits can be raised and lowered', async () => {
  const large = await learnerFile(withItem(made('Resize', 10_000)));
  await expect(loadLearner(large)).rejects.toThrow(/maxImageSide/);
  await bytesOf(large, { maxImageSide: 10_000 });
  await expect(loadLearner(large, { maxImageSide: 0.5 })).rejects.toThrow(/maxImageSide must be an integer/);
  const small = await learnerFile(config);
  await expect(loadLearner(small, { maxBytes: 1e3 })).rejects.toThrow(/option maxBytes/);
});

test('a U-Net, whose sizes are inferred by a pass through its body, loads', async () => {
  const encoder = new Sequential(
    new Conv2d(3, 4, 3, { stride: 2, padding: 1 }),
    new Conv2d(4, 8, 3, { stride: 2, padding: 1 }),
  );
  const model = new DynamicUnet(encoder, 2, [64, 64]);
  const file = await learnerFile(withModel(toConfig(model, 'The model')), model);
  const { model: loaded } = await loadLearner(file);
  expect(loaded).toBeInstanceOf(DynamicUnet);
  expect(loaded.training).toBe(true);
  loaded.dispose();
});
