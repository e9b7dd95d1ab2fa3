import {
  adamStep,
  addRelu,
  batchNormTrain,
  type EngineName,
  imagesFromBytes,
  type NormActivation,
  nextRunningMoments,
  type PixelsPart,
  relu,
  setQuiet,
  useEngine,
} from '@fastts/core';
import { expectNormClose } from '@fastts/testing/allClose';
import { testedEngines } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';

// Not among the development dependencies: Dawn is 130 MB. With a Vulkan driver, which may be a software one:
// npm install --no-save webgpu @tensorflow/tfjs-backend-webgpu && npx jest webgpuKernels
const isInstalled = ['webgpu', '@tensorflow/tfjs-backend-webgpu'].every((name) => {
  try {
    return Boolean(require.resolve(name));
  } catch {
    return false;
  }
});

// Jest cannot import the package, an ES module, which passes on what this addon exports.
jest.mock(
  'webgpu',
  () => jest.requireActual(`../../../node_modules/webgpu/dist/${process.platform}-${process.arch}/dawn.node`),
  { virtual: true },
);

type Padding = [[0, 0], [number, number], [number, number], [0, 0]];
type Results = Record<string, { shape: number[]; values: Float32Array | Int32Array | Uint8Array }>;

/** Reproducible values around `center`. */
function values(shape: number[], seed: number, center = 0): tf.Tensor {
  return tf.add(tf.randomUniform(shape, -1, 1, 'float32', seed), center);
}

function convolution(n: number, side: number, [from, to]: [number, number], kernel: number, stride: number) {
  const before = Math.floor(kernel / 2);
  const pad: Padding = [
    [0, 0],
    [before, before],
    [before, before],
    [0, 0],
  ];
  const x = values([n, side, side + 1, from], 1) as tf.Tensor4D;
  const filter = values([kernel, kernel, from, to], 2) as tf.Tensor4D;
  const convolve = (image: tf.Tensor, taps: tf.Tensor) =>
    tf.conv2d(image as tf.Tensor4D, taps as tf.Tensor4D, stride, pad);
  const y = convolve(x, filter);
  const [dx, dFilter] = tf.grads(convolve)([x, filter], values(y.shape, 3));
  return { y, dx: dx!, dFilter: dFilter! };
}

function norm(shape: number[], activation: NormActivation, hasAddend: boolean) {
  const channels = shape[shape.length - 1]!;
  // Far from zero, where the moments are hardest to compute.
  const inputs = [values(shape, 1, 5), values([channels], 2, 1), values([channels], 3)];
  if (hasAddend) inputs.push(values(shape, 4));
  const apply = (...[x, scale, offset, addend]: tf.Tensor[]) =>
    batchNormTrain(x!, scale!, offset!, { activation, addend });
  const { y, mean, variance } = apply(...inputs);
  const gradients = tf.grads((...args) => apply(...args).y)(inputs, values(shape, 5));
  return { y, mean, variance, ...gradients };
}

const state = () => ({
  param: values([7, 9], 1),
  grad: values([7, 9], 2),
  avg: values([7, 9], 3),
  sqrAvg: values([7, 9], 4, 1),
});
const adam = { lr: 0.1, mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.01, step: 3 };

function picture(height: number, width: number, seed: number): PixelsPart {
  const data = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919 * seed) % 251);
  return { height, width, channels: 3, data };
}

const cases: [string, () => object][] = [
  ['a convolution of colors with a stride', () => convolution(2, 9, [3, 8], 3, 2)],
  ['a convolution of small images, more than one tile of channels', () => convolution(2, 7, [68, 132], 3, 1)],
  ['a pointwise convolution of enough pixels for several parts', () => convolution(4, 24, [12, 20], 1, 1)],
  ['a convolution of channels that are no multiple of 4', () => convolution(2, 8, [6, 5], 3, 1)],
  ['a convolution with a stride of more than its taps', () => convolution(2, 12, [8, 16], 1, 2)],
  ['a convolution of large taps and strides', () => convolution(1, 13, [16, 24], 5, 3)],
  ['a convolution of enough pixels for the largest tiles', () => convolution(6, 64, [8, 72], 3, 1)],
  ['batch norm with ReLU', () => norm([4, 7, 7, 32], 'relu', false)],
  ['batch norm with an addend and ReLU', () => norm([8, 20, 20, 264], 'relu', true)],
  ['batch norm with an addend', () => norm([4, 7, 7, 32], null, true)],
  ['batch norm of channels that are no multiple of 4', () => norm([50, 6], null, false)],
  [
    'running moments',
    () =>
      nextRunningMoments(
        { mean: values([6], 1), variance: values([6], 2), count: tf.scalar(3, 'int32') },
        { mean: values([6], 3) as tf.Tensor1D, variance: values([6], 4) as tf.Tensor1D },
        { momentum: 0.1, values: 20 },
      ),
  ],
  ["Adam's step", () => adamStep(state(), adam)],
  ["Adam's step with L2 regularization", () => adamStep(state(), { ...adam, decoupled: false })],
  ['ReLU', () => [tf.grad((x) => relu(x))(values([5, 8], 1))]],
  ['a residual sum with ReLU', () => [addRelu(values([5, 8], 1), values([5, 8], 2))]],
  [
    'more elements than one row of workgroups has',
    () => [addRelu(values([2 ** 24 + 1], 1), values([2 ** 24 + 1], 2))],
  ],
  ['images of their size', () => [imagesFromBytes([picture(9, 7, 3), picture(9, 7, 4)], [9, 7])]],
  [
    'parts of images, enlarged',
    () => [
      imagesFromBytes(
        [{ ...picture(9, 7, 3), box: { left: 1, top: 2, width: 5, height: 4 } }, picture(11, 5, 4)],
        [13, 16],
      ),
    ],
  ],
];

async function resultsOn(engine: EngineName, compute: () => object): Promise<Results> {
  await useEngine(engine);
  const tensors = Object.entries(tf.tidy(() => compute() as Record<string, tf.Tensor>));
  const read = tensors.map(async ([name, tensor]) => {
    const result = { shape: tensor.shape, values: await tensor.data() };
    tensor.dispose();
    return [name, result] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

const suite = isInstalled ? describe : describe.skip;

suite('kernels for WebGPU (skipped unless webgpu and @tensorflow/tfjs-backend-webgpu are installed)', () => {
  beforeAll(() => setQuiet(true));
  afterAll(() => useEngine(testedEngines[0]));

  it.each(cases)('compute %s as on the CPU, and free their memory', async (_, compute) => {
    const expected = await resultsOn(testedEngines[0]!, compute);
    await useEngine('webgpu');
    const before = tf.memory().numTensors;
    const actual = await resultsOn('webgpu', compute);
    expect(tf.memory().numTensors).toBe(before);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, wanted] of Object.entries(expected)) expectNormClose(actual[name]!, wanted, 5e-6);
  });
});
