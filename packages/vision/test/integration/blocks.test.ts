import {
  Mish,
  type Module,
  ReLU,
  Sequential,
  SequentialEx,
  Sigmoid,
  setSeed,
  Tanh,
  useEngine,
} from '@fastts/core';
import { eachEngine, testedEngines } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../../fixtures/blocks.json';
import variants from '../../fixtures/variants.json';
import * as vision from '../../src/index.js';
import {
  ConvLayer,
  LinBnDrop,
  MaxBlurPool,
  MaxPool,
  PixelShuffleICNR,
  PooledSelfAttention2d,
  PoolFlatten,
  ResBlock,
  SEBlock,
  SEModule,
  SEResNeXtBlock,
  SelfAttention,
  SeparableBlock,
  SimpleCNN,
  SimpleSelfAttention,
  XResNet,
  type XResNetOptions,
  xresnet18,
} from '../../src/index.js';
import { expectDescribed, expectEvaluated, expectLikeFastai } from '../blockCase.js';

const narrow: XResNetOptions = { nOut: 3, stemSzs: [4, 4, 64], widen: 0.25 };

/** The modules that the script builds, by the same names. */
const makers: Record<keyof typeof fixture.cases, () => Module> = {
  'ConvLayer, Mish': () => new ConvLayer(8, 4, { actCls: Mish }),
  'ConvLayer, activation first': () => new ConvLayer(8, 4, { bn1st: false, stride: 2 }),
  'ConvLayer, instance': () => new ConvLayer(8, 4, { normType: 'instance' }),
  'ConvLayer, weight': () => new ConvLayer(8, 4, { normType: 'weight' }),
  'ConvLayer, spectral': () => new ConvLayer(8, 4, { normType: 'spectral', actCls: Sigmoid }),
  'ConvLayer, transposed': () => new ConvLayer(8, 4, { ks: 4, stride: 2, padding: 1, transpose: true }),
  'ConvLayer, dilated and grouped': () =>
    new ConvLayer(8, 4, { padding: 2, dilation: 2, groups: 2, normType: null }),
  'ConvLayer, xtra': () => new ConvLayer(8, 4, { xtra: new Tanh(), actCls: null }),
  SEModule: () => new SEModule(8, 2),
  'SEModule, Mish': () => new SEModule(8, 1, Mish),
  SelfAttention: () => new SelfAttention(8),
  PooledSelfAttention2d: () => new PooledSelfAttention2d(8),
  SimpleSelfAttention: () => new SimpleSelfAttention(8),
  'SimpleSelfAttention in evaluation': () => new SimpleSelfAttention(8),
  ResBlock: () => new ResBlock(1, 8, 8),
  'ResBlock, bottleneck with stride': () => new ResBlock(2, 4, 6, { stride: 2, actCls: Mish }),
  'ResBlock, all': () =>
    new ResBlock(2, 4, 4, {
      groups: 2,
      reduction: 2,
      nh1: 6,
      nh2: 4,
      g2: 2,
      sa: true,
      stride: 2,
      pool: MaxPool,
      ks: 5,
    }),
  'ResBlock, depthwise': () => new ResBlock(1, 8, 8, { dw: true, nh2: 16 }),
  'ResBlock, pool last': () => new ResBlock(1, 8, 4, { stride: 2, poolFirst: false, bn1st: false }),
  'ResBlock, instance': () => new ResBlock(1, 8, 4, { normType: 'instance' }),
  'ResBlock, weight': () => new ResBlock(1, 8, 4, { normType: 'weight' }),
  'ResBlock, spectral': () => new ResBlock(2, 4, 4, { normType: 'spectral' }),
  SEBlock: () => new SEBlock(2, 4, 4, { reduction: 2 }),
  SEResNeXtBlock: () => new SEResNeXtBlock(2, 4, 8, { groups: 4, baseWidth: 16 }),
  SeparableBlock: () => new SeparableBlock(2, 4, 4, { reduction: 4 }),
  'XResNet of the leaderboard, average pooled': () =>
    new XResNet(ResBlock, 4, [1, 1, 1, 1], { ...narrow, actCls: Mish, sa: true }),
  'XResNet of SEResNeXtBlocks': () =>
    new XResNet(SEResNeXtBlock, 4, [1, 1, 1, 1], { ...narrow, groups: 8, reduction: 4 }),
  SimpleCNN: () => new SimpleCNN([8, 6, 4]),
  LinBnDrop: () => new Sequential(new PoolFlatten('Cat'), new LinBnDrop(16, 4, { act: new ReLU() })),
  PixelShuffle_ICNR: () => new PixelShuffleICNR(8, 4, { blur: true, actCls: Mish }),
  'PixelShuffle_ICNR without norm': () => new PixelShuffleICNR(8, 8, { normType: null }),
};

beforeAll(() => useEngine(testedEngines[0]));

const camelCase = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The function with this name in fastai. */
const makerOf = (name: string) => new Map(Object.entries(vision)).get(camelCase(name)) as typeof xresnet18;

test.each(Object.entries(variants.of))("%s has fastai's parameters, by name and shape", (name, expected) => {
  const model = makerOf(name)({ nOut: 10, ...expected.options });
  expectDescribed(model, expected);
  model.dispose();
});

test.each(Object.entries(variants.evaluated))("%s has fastai's outputs", (name, expected) => {
  const { options } = variants.of[name as 'xsenet154'];
  const model = makerOf(name)({ nOut: 10, ...options });
  expectEvaluated(model, expected);
  model.dispose();
});

test('xresnets support every pooling, also for odd sizes', () => {
  const x = tf.zeros([2, 45, 51, 3]);
  for (const pool of [MaxBlurPool, MaxPool]) {
    const model = xresnet18({ nOut: 4, widen: 0.1, pool });
    expect(tf.tidy(() => model.forward(x).shape)).toEqual([2, 4]);
  }
});

test('symmetric self-attention has a symmetric weight', () => {
  const { conv } = new SimpleSelfAttention(4, { sym: true });
  const weight = tf.squeeze(conv.forward(tf.expandDims(tf.eye(4), 0)), [0]);
  expect(tf.max(tf.abs(tf.sub(weight, tf.transpose(weight)))).dataSync()[0]).toBeLessThan(1e-6);
});

test('layers are initialized like in fastai', () => {
  setSeed(1);
  const spread = (weight: { value: tf.Variable }) =>
    tf.moments(weight.value as tf.Tensor).variance.dataSync()[0]!;
  const first = (layer: ConvLayer, name = 'weight') => new Map(layer.at(0)!.namedParameters()).get(name)!;
  const fanIn = 32 * 9;
  expect(spread(first(new ConvLayer(32, 64, { actCls: Mish }))) * fanIn).toBeCloseTo(2, 1);
  expect(spread(first(new ConvLayer(32, 64, { actCls: null }))) * fanIn).toBeCloseTo(1 / 3, 1);
  expect(spread(first(new ConvLayer(32, 64, { actCls: Sigmoid }))) * (fanIn + 64 * 9)).toBeCloseTo(2, 1);
  expect(spread(first(new ConvLayer(32, 64, { init: null }))) * fanIn).toBeCloseTo(1 / 3, 1);
  const biased = first(new ConvLayer(8, 4000, { normType: null }), 'bias');
  expect(Math.sqrt(spread(biased))).toBeCloseTo(0.01, 3);
  const [norm] = new ConvLayer(8, 4, { normType: 'instanceZero', actCls: null }).children().slice(1);
  expect([...norm![1].parameters().map(({ value }) => value.dataSync()[0])]).toEqual([0, Math.fround(1e-3)]);
  const attention = new SelfAttention(8);
  expect(attention.gamma.value.dataSync()[0]).toBe(0);
});

test('a pixel shuffle is initialized as nearest-neighbor resizing', () => {
  for (const normType of ['weight', null] as const) {
    const up = new PixelShuffleICNR(6, 4, { normType });
    const y = up.forward(tf.randomNormal([1, 3, 2, 6])) as tf.Tensor4D;
    const nearest = tf.image.resizeNearestNeighbor(
      y
        .slice([0, 0, 0, 0], [1, 6, 4, 4])
        .stridedSlice([0, 0, 0, 0], [1, 6, 4, 4], [1, 2, 2, 1]) as tf.Tensor4D,
      [6, 4],
    );
    expect(tf.max(tf.abs(tf.sub(y, nearest))).dataSync()[0]).toBeLessThan(1e-6);
  }
});

test('squeeze and excitation rejects a reduction that leaves no channel', () => {
  expect(() => new SEModule(8, 16)).toThrow(/reduce 8 channels by 16/);
  expect(new SEModule(16, 16)).toBeInstanceOf(SequentialEx);
});

eachEngine(() => {
  test.each(Object.keys(makers) as (keyof typeof makers)[])("%s has fastai's outputs and gradients", (name) =>
    expectLikeFastai(makers[name](), fixture.cases[name]),
  );
});
