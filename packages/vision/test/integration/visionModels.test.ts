import {
  AdaptiveAvgPool2d,
  Conv2d,
  Dropout,
  Linear,
  Mish,
  type Module,
  ReLU,
  Sequential,
  setSeed,
  useEngine,
} from '@fastts/core';
import { expectNormClose } from '@fastts/testing/allClose';
import { eachEngine, testedEngines } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../../fixtures/visionModels.json';
import {
  addHead,
  BasicBlock,
  Bottleneck,
  ConvLayer,
  createBody,
  createHead,
  DynamicUnet,
  type DynamicUnetOptions,
  hasPoolType,
  modelMeta,
  modelSizes,
  numFeaturesModel,
  resnet18,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  unetModel,
  visionModel,
  xresnet34,
} from '../../src/index.js';
import {
  type BlockCase,
  draws,
  expectDescribed,
  expectEvaluated,
  expectLikeFastai,
  filled,
} from '../blockCase.js';

const projection = (from: number, to: number, stride: number) =>
  new Sequential(new Conv2d(from, to, 1, { stride, bias: false }), new ConvLayer(to, to).at(1));

const unet = (options?: DynamicUnetOptions, size: [number, number] = [16, 24], padding?: number) => {
  const encoder = new Sequential(
    new ConvLayer(3, 4, { stride: 2, padding }),
    new ConvLayer(4, 6),
    new ConvLayer(6, 8, { stride: 2, padding }),
    new ConvLayer(8, 8, { stride: 2, padding }),
  );
  return new DynamicUnet(encoder, 2, size, options);
};

/** The modules that the script builds, by the same names. */
const makers: Record<'resnets' | 'heads' | 'unets', Record<string, () => Module>> = {
  resnets: {
    BasicBlock: () => new BasicBlock(6, 6),
    'BasicBlock, strided': () => new BasicBlock(6, 8, 2, projection(6, 8, 2)),
    Bottleneck: () => new Bottleneck(8, 2),
    'Bottleneck, strided': () => new Bottleneck(6, 2, 2, projection(6, 8, 2)),
  },
  heads: {
    default: () => createHead(8, 3),
    'several layers': () => createHead(8, 3, { linFtrs: [7, 5], ps: 0.25 }),
    'ps of each': () => createHead(8, 3, { linFtrs: [7], ps: [0.1, 0.2], firstBn: false }),
    'averages only': () => createHead(8, 3, { linFtrs: [], concatPool: false, bnFinal: true }),
    'linear first': () => createHead(8, 3, { linFtrs: [7, 5], linFirst: true, ps: 0.3 }),
    'of features': () => createHead(8, 3, { linFtrs: [7], pool: false, yRange: [-1, 2] }),
  },
  unets: {
    default: () => unet(),
    'in training': () => unet({ actCls: Mish }),
    'batch norm': () => unet({ normType: 'batch', blur: true }),
    'blurred, not at the end': () => unet({ blur: true, blurFinal: false, lastCross: false }),
    'attention and range': () => unet({ selfAttention: true, yRange: [-1, 2] }),
    'weight norm': () => unet({ normType: 'weight' }),
    'spectral norm': () => unet({ normType: 'spectral' }),
    'odd sizes': () => unet({}, [13, 22]),
    'odd sizes in training': () => unet({}, [13, 17]),
    'sizes that do not halve': () => unet({}, [25, 37], 0),
    'another size than it was made for': () => unet(),
  },
};

beforeAll(() => useEngine(testedEngines[0]));

test.each(Object.entries({ resnet18, resnet34, resnet50, resnet101, resnet152 }))(
  "%s has torchvision's parameters, by name and shape, and its outputs",
  (name, make) => {
    const model = make({ numClasses: 10 });
    expectDescribed(model, fixture.architectures[name as 'resnet18']);
    expectEvaluated(model, fixture.evaluated[name as 'resnet18']);
    model.dispose();
  },
);

describe('a body and a head', () => {
  const sizes = (groups: readonly (readonly { value: tf.Variable }[])[]) =>
    groups.map((group) => group.reduce((sum, { value }) => sum + value.size, 0));

  test.each(Object.entries({ resnet18, xresnet34 }))('of %s agree with fastai', (name, arch) => {
    const expected = fixture.visionModels[name as 'resnet18'];
    const before = tf.memory().numTensors;
    const model = visionModel(arch, 10);
    expectDescribed(model, expected);
    expect(sizes(modelMeta.get(arch)!.split(model))).toEqual(expected.groups);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(Object.entries({ resnet18 }))('of a U-Net on %s agree with fastai', (name, arch) => {
    const expected = fixture.unetModels[name as 'resnet18'];
    const before = tf.memory().numTensors;
    const model = unetModel(arch, 2, 64);
    expectDescribed(model, expected);
    expect(sizes(modelMeta.get(arch)!.split(model))).toEqual(expected.groups);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test.each(Object.entries(fixture.firstWeights))('are adapted to %s channels', (nIn, { shape, values }) => {
    const model = filled(new Sequential(new Conv2d(3, 2, 2), new AdaptiveAvgPool2d(1)));
    const body = createBody(model, { nIn: Number(nIn) });
    expect(body.length).toBe(1);
    const weight = body.stateDict().get('0.weight')!;
    expect(weight.shape).toEqual(shape);
    expectNormClose(weight, values);
  });

  test.each(Object.entries(fixture.dropouts))("have fastai's dropout probabilities: %s", (name, expected) => {
    const head = makers.heads[name]!() as Sequential;
    expect([...head].flatMap((layer) => (layer instanceof Dropout ? [layer.p] : []))).toEqual(expected);
  });

  test('are split before the last child that pools, or by a function', () => {
    const model = new Sequential(
      new ConvLayer(3, 4, { stride: 2 }),
      new Sequential(new ConvLayer(4, 5), new AdaptiveAvgPool2d(1)),
      new ReLU(),
    );
    expect(model.children().map(([, child]) => hasPoolType(child))).toEqual([false, true, false]);
    expect(createBody(model).length).toBe(1);
    const whole = (body: Module) => body as Sequential;
    const cut = createBody(new Sequential(new ConvLayer(3, 4, { stride: 2 })), { cut: whole });
    expect(modelSizes(cut, [9, 12])).toEqual([[1, 5, 6, 4]]);
    expect(numFeaturesModel(cut)).toBe(4);
    expect(cut.at(0).training).toBe(true);
  });

  test('a head is initialized as given, and the body is unchanged', () => {
    setSeed(1);
    const body = new ConvLayer(3, 4);
    const state = body.stateDict().get('0.weight')!.dataSync();
    const model = addHead(body, 4, 200, { linFtrs: [] });
    expect(body.stateDict().get('0.weight')!.dataSync()).toEqual(state);
    const spread = ({ weight }: Linear) => tf.moments(weight.value as tf.Tensor).variance.dataSync()[0]! * 8;
    expect(spread((model.at(1) as Sequential).at(-1) as Linear)).toBeCloseTo(2, 0);
    const plain = addHead(body, 4, 200, { linFtrs: [], init: null });
    expect(spread((plain.at(1) as Sequential).at(-1) as Linear)).toBeCloseTo(1 / 3, 1);
    const own = new Linear(4, 2);
    expect(addHead(body, 4, 2, { head: own }).at(1)).toBe(own);
  });
});

test("U-Nets dispose of the encoder's features, also with a bottleneck", () => {
  const model = unet({ bottle: true }).eval().materialize();
  const x = draws(1, [1, 3, 16, 24]);
  const before = tf.memory().numTensors;
  expect(tf.tidy(() => model.forward(x).shape)).toEqual([1, 16, 24, 2]);
  expect(tf.memory().numTensors).toBe(before);
  expect(() => model.forward(draws(1, [1, 5, 16, 24]))).toThrow(/takes 3 channels/);
  const inner = model.namedParameters().find(([name]) => name.endsWith('convpath.0.0.weight'))!;
  expect(inner[1].shape.slice(2)).toEqual([9, 4]);
});

test('invalid arguments are errors that name them', () => {
  expect(() => createHead(8, 3, { linFtrs: [7], ps: [0.1, 0.2, 0.3] })).toThrow(
    /one number, or one per linear layer \(2\), got 3/,
  );
  expect(() => createBody(new Sequential(new ReLU()))).toThrow(/no pooling layer: set cut/);
  const narrow = () => new Sequential(new Linear(3, 4), new AdaptiveAvgPool2d(1));
  expect(() => createBody(narrow(), { nIn: 1 })).toThrow(/begin with a Conv2d of 3 channels.*Linear/);
});

eachEngine(() => {
  for (const [kind, made] of Object.entries(makers)) {
    test.each(Object.keys(made))(`${kind}: %s has Python's outputs and gradients`, (name) => {
      const cases: Record<string, BlockCase> = fixture[kind as keyof typeof makers];
      expectLikeFastai(made[name]!(), cases[name]!);
    });
  }
});
