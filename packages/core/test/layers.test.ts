import {
  AdaptiveAvgPool2d,
  AdaptiveConcatPool2d,
  AdaptiveMaxPool2d,
  ArgumentError,
  AvgPool2d,
  BatchNorm1d,
  BatchNorm2d,
  Cat,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  Dropout,
  ELU,
  Flatten,
  GELU,
  Identity,
  InstanceNorm2d,
  Lambda,
  LeakyReLU,
  Linear,
  MaxBlurPool2d,
  MaxPool2d,
  MergeLayer,
  Mish,
  type Module,
  PixelShuffle,
  ProdLayer,
  ReLU,
  ReLU6,
  ReplicationPad2d,
  ResizeBatch,
  SELU,
  SequentialEx,
  ShapeError,
  Sigmoid,
  SigmoidRange,
  SiLU,
  type Size,
  SpectralNorm,
  setSeed,
  Tanh,
  View,
  WeightNorm,
} from '@fastts/core';
import { expectNormClose, type StoredTensor } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import { tensorOf } from '@fastts/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import activations from '../fixtures/activations.json';
import convolutions from '../fixtures/convolutions.json';
import further from '../fixtures/furtherLayers.json';
import others from '../fixtures/layers.json';

interface Case {
  name: string;
  build: {
    type: string;
    inputs?: number;
    outputs?: number;
    n?: number;
    kernel?: Size;
    size?: Size;
    slope?: number;
    range?: [number, number];
    norm?: 'WeightNorm' | 'SpectralNorm';
    options?: object;
  };
  train: boolean;
  steps: number;
  state: Record<string, StoredTensor>;
  buffersAfter: Record<string, StoredTensor>;
  gradients: Record<string, StoredTensor>;
  x: StoredTensor;
  y: StoredTensor;
  dy: StoredTensor;
  dx: StoredTensor;
}

const cases = [
  ...convolutions.cases,
  ...others.cases,
  ...activations.cases,
  ...further.cases,
] as unknown as Case[];

const withoutArguments = { ELU, GELU, Mish, ReLU, ReLU6, SELU, Sigmoid, SiLU, Tanh };

function build({ norm, ...description }: Case['build']): Module {
  const layer = buildPlain(description);
  if (norm === 'WeightNorm') return new WeightNorm(layer as Conv2d);
  return norm === 'SpectralNorm' ? new SpectralNorm(layer as Conv2d) : layer;
}

function buildPlain({
  type,
  inputs = 0,
  outputs = 0,
  n = 0,
  kernel = 1,
  size = 1,
  slope,
  range = [0, 1],
  options,
}: Omit<Case['build'], 'norm'>): Module {
  if (type in withoutArguments) return new withoutArguments[type as keyof typeof withoutArguments]();
  switch (type) {
    case 'Conv1d':
      return new Conv1d(inputs, outputs, kernel as number, options);
    case 'Conv2d':
      return new Conv2d(inputs, outputs, kernel, options);
    case 'ConvTranspose2d':
      return new ConvTranspose2d(inputs, outputs, kernel, options);
    case 'InstanceNorm2d':
      return new InstanceNorm2d(n, options);
    case 'LeakyReLU':
      return new LeakyReLU(slope);
    case 'SigmoidRange':
      return new SigmoidRange(...range);
    case 'PixelShuffle':
      return new PixelShuffle(kernel as number);
    case 'ReplicationPad2d':
      return new ReplicationPad2d({ ...options });
    case 'MaxBlurPool2d':
      return new MaxBlurPool2d(kernel as number, options);
    case 'Linear':
      return new Linear(inputs, outputs, options);
    case 'BatchNorm2d':
      return new BatchNorm2d(n, options);
    case 'BatchNorm1d':
      return new BatchNorm1d(n, options);
    case 'MaxPool2d':
      return new MaxPool2d(kernel, options);
    case 'AvgPool2d':
      return new AvgPool2d(kernel, options);
    case 'AdaptiveAvgPool2d':
      return new AdaptiveAvgPool2d(size);
    case 'AdaptiveMaxPool2d':
      return new AdaptiveMaxPool2d(size);
    default:
      throw new Error(type);
  }
}

/** The gradients of `sum(module(x) · dy)` with respect to the input and the parameters. */
function gradients(
  module: Module,
  x: tf.Tensor,
  dy: tf.Tensor,
): { dx: tf.Tensor; byName: Map<string, tf.Tensor> } {
  const input = tf.variable(x);
  const parameters = module.namedParameters();
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.mul(module.forward(input), dy)),
    [input, ...parameters.map(([, parameter]) => parameter.value)],
  );
  value.dispose();
  const byName = new Map(parameters.map(([name, { value }]) => [name, grads[value.name]!]));
  const dx = grads[input.name]!;
  input.dispose();
  return { dx, byName };
}

/** Converts a gradient to PyTorch's layout, in which a filter's output axis is first rather than last. */
const toFile = (name: string, gradient: tf.Tensor) => {
  if (!name.startsWith('weight') || gradient.rank < 3) return gradient;
  const [out, input, ...sides] = [...gradient.shape.keys()].reverse();
  return tf.transpose(gradient, [out!, input!, ...sides.reverse()]);
};

eachEngine(() => {
  describe.each(cases)('PyTorch: $name', (fixture) => {
    let module: Module;
    let x: tf.Tensor;
    let dy: tf.Tensor;

    beforeEach(() => {
      module = build(fixture.build).train(fixture.train);
      module.loadStateDict(
        new Map(Object.entries(fixture.state).map(([name, packed]) => [name, tensorOf(packed)])),
      );
      x = tensorOf(fixture.x);
      dy = tensorOf(fixture.dy);
    });

    it('has the same output', () => {
      expectNormClose(module.forward(x), fixture.y);
    });

    it('has the same gradients', () => {
      const { dx, byName } = gradients(module, x, dy);
      expectNormClose(dx, fixture.dx);
      for (const [name, expected] of Object.entries(fixture.gradients)) {
        expectNormClose(toFile(name, byName.get(name)!), expected);
      }
    });

    it('has the same running statistics', () => {
      for (let step = 0; step < fixture.steps; step++) gradients(module, x, dy);
      const state = module.stateDict();
      for (const [name, expected] of Object.entries(fixture.buffersAfter))
        expectNormClose(state.get(name)!, expected);
    });

    it('leaks no tensor', () => {
      const before = tf.memory().numTensors;
      tf.tidy(() => void module.forward(x));
      expect(tf.memory().numTensors).toBe(before);
      const { dx, byName } = gradients(module, x, dy);
      tf.dispose([dx, ...byName.values()]);
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  it('concatenates maxima and averages', () => {
    const x = tf.tensor4d([1, 2, 3, 10, 5, 6], [1, 1, 3, 2]);
    expectNormClose(new AdaptiveConcatPool2d().forward(x), { shape: [1, 1, 1, 4], values: [5, 10, 3, 6] });
  });

  it('drops the fraction p of a tensor and preserves its mean', () => {
    setSeed(1);
    const y = new Dropout(0.25).forward(tf.ones([100, 100])).dataSync();
    const dropped = y.filter((value) => value === 0).length;
    expect(dropped / y.length).toBeCloseTo(0.25, 1);
    expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
  });

  it('drops nothing in evaluation, and the same elements for the same seed', () => {
    const x = tf.randomNormal([4, 5]);
    expect(new Dropout(0.5).eval().forward(x)).toBe(x);
    setSeed(3);
    const first = new Dropout(0.5).forward(x).dataSync();
    setSeed(3);
    expect(new Dropout(0.5).forward(x).dataSync()).toEqual(first);
  });

  it('flattens images, and passes other inputs on', () => {
    const x = tf.zeros([2, 3, 4, 5]);
    expect(new Flatten().forward(x).shape).toEqual([2, 60]);
    expect(new Identity().forward(x)).toBe(x);
  });

  it('reshapes, and applies a function', () => {
    const x = tf.zeros([2, 3, 4, 5]);
    expect(new View(6, -1).forward(x).shape).toEqual([6, 20]);
    expect(new ResizeBatch(4, 15).forward(x).shape).toEqual([2, 4, 15]);
    expectNormClose(new Lambda((x) => tf.mul(x, 3)).forward(tf.tensor1d([1, 2])), {
      shape: [2],
      values: [3, 6],
    });
  });

  it('merges its input again after other layers', () => {
    const x = tf.tensor4d([1, -2, 3, -4], [1, 1, 2, 2]);
    const through = (layer: Module) => new SequentialEx(new ReLU(), new Lambda((y) => tf.add(y, 1)), layer);
    const before = tf.memory().numTensors;
    const added = through(new MergeLayer()).forward(x);
    expect(tf.memory().numTensors).toBe(before + 1);
    expectNormClose(added, { shape: [1, 1, 2, 2], values: [3, -1, 7, -3] });
    expectNormClose(through(new MergeLayer(true)).forward(x), {
      shape: [1, 1, 2, 4],
      values: [2, 1, 1, -2, 4, 1, 3, -4],
    });
    expectNormClose(through(new ProdLayer()).forward(x), { shape: [1, 1, 2, 2], values: [2, -2, 12, -4] });
    const parameters = new SequentialEx(new Linear(2, 2), new MergeLayer()).namedParameters();
    expect(parameters.map(([name]) => name)).toEqual(['layers.0.weight', 'layers.0.bias']);
  });

  it('blurs and halves odd sizes to the output size of a convolution with stride 2', () => {
    const pool = new MaxBlurPool2d(3, { ceilMode: true });
    expect(pool.forward(tf.zeros([1, 7, 9, 1])).shape).toEqual([1, 4, 5, 1]);
    expect(pool.forward(tf.zeros([1, 1, 2, 1])).shape).toEqual([1, 1, 1, 1]);
  });

  it('concatenates the outputs of several layers', () => {
    const x = tf.tensor2d([1, -2], [1, 2]);
    expectNormClose(new Cat(new ReLU(), new Identity()).forward(x), { shape: [1, 4], values: [1, 0, 1, -2] });
  });

  it.each([WeightNorm, SpectralNorm])('%p holds no tensors other than its parameters', (Norm) => {
    const before = tf.memory().numTensors;
    const layer = new Norm(new Conv2d(3, 4, 3));
    layer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("initializes weight norm so that the weight equals the convolution's", () => {
    const convolution = new Conv2d(3, 4, 3);
    const x = tf.randomNormal([1, 5, 5, 3]);
    const expected = convolution.forward(x).dataSync();
    const y = new WeightNorm(convolution).forward(x);
    expectNormClose(y, { shape: [1, 3, 3, 4], values: [...expected] });
  });
});

describe('rejects with an error', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['channels', () => new Conv2d(3, 8, 3).forward(tf.zeros([1, 8, 8, 4])), /takes 3 channels.*has 4/],
    [
      'a small image',
      () => new Conv2d(3, 8, 5).forward(tf.zeros([1, 4, 9, 3])),
      /4 pixels high.*the 5 of the filter/,
    ],
    ['features', () => new Linear(5, 2).forward(tf.zeros([1, 4])), /takes 5 features.*\[1,4\]/],
    ['a batch of one', () => new BatchNorm1d(4).forward(tf.zeros([1, 4])), /more than one value.*dropLast/],
    ['axes', () => new BatchNorm2d(4).forward(tf.zeros([2, 4])), /BatchNorm2d of 4 channels.*\[2,4\]/],
    [
      'channels to shuffle',
      () => new PixelShuffle(2).forward(tf.zeros([1, 4, 4, 6])),
      /multiple of 4 channels/,
    ],
    [
      'channels of a norm',
      () => new InstanceNorm2d(3).forward(tf.zeros([1, 4, 4, 2])),
      /of 3 channels.*4,4,2/,
    ],
    [
      'channels of a transposed convolution',
      () => new ConvTranspose2d(3, 8, 3).forward(tf.zeros([1, 8, 8, 4])),
      /takes 3 channels.*has 4/,
    ],
    ['a window', () => new MaxPool2d(9).forward(tf.zeros([1, 4, 4, 1])), /window of 9/],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(ShapeError);
    expect(run).toThrow(message);
  });

  it.each<[string, () => unknown, RegExp]>([
    ['groups', () => new Conv2d(3, 8, 3, { groups: 2 }), /3 input and 8 output.*2 groups/],
    ['a kernel size', () => new Conv2d(3, 8, 0), /kernelSize.*got 0/],
    ['an even blur', () => new MaxBlurPool2d(4).forward(tf.zeros([1, 8, 8, 1])), /must be odd, got 4/],
    ['a probability', () => new Dropout(1.5), /p must be a number from 0 to 1, got 1.5/],
    ['padding', () => new AvgPool2d(2, { padding: 2 }).forward(tf.zeros([1, 4, 4, 1])), /half of the window/],
  ])('%s', (_, run, message) => {
    expect(run).toThrow(ArgumentError);
    expect(run).toThrow(message);
  });
});
