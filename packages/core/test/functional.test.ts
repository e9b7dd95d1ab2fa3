import {
  addRelu,
  areaResize,
  batchNormTrain,
  type Conv2dNormOptions,
  conv2d,
  conv2dMoments,
  conv2dNorm,
  type EngineName,
  nextRunningMoments,
  oneHot,
  type PadMode,
  projectiveSample,
  relu,
  resizeNearest,
  useEngine,
  withoutGradient,
} from '@fastts/core';
import { expectNormClose } from '@fastts/testing/allClose';
import { eachEngine, testedEngines } from '@fastts/testing/engines';
import { expectSumsClose } from '@fastts/testing/sumsClose';
import { uniform } from '@fastts/testing/tensors';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/functions.json';

const { sampling } = fixture;
const images = () =>
  tf.tensor4d(sampling.images.values, sampling.images.shape as [number, number, number, number]);
const matrices = () => tf.tensor2d(sampling.matrices.values, sampling.matrices.shape as [number, number]);

eachEngine(() => {
  it.each(sampling.rows)("samples like PyTorch's grid_sample: $padMode, $mode", ({ padMode, mode, y }) => {
    const size = sampling.size as [number, number];
    const sampled = projectiveSample(images(), matrices(), {
      size,
      padMode: padMode as PadMode,
      mode: mode as 'bilinear' | 'nearest',
    });
    expectNormClose(sampled, y);
  });

  it('returns the same image for the identity map', () => {
    const identity = tf.tensor2d([1, 0, 0, 0, 1, 0, 0, 0], [1, 8]);
    const picture = tf.slice(images(), 0, 1);
    expectNormClose(projectiveSample(picture, identity), picture);
  });

  it.each(sampling.area)("resizes like PyTorch's area interpolation: $size", ({ size, y }) => {
    expectNormClose(areaResize(images(), size as [number, number]), y);
  });

  it("returns the batch's biased variance, through which no gradient flows", () => {
    const x = tf.tensor2d([1, 2, 3, 6], [4, 1]);
    const { mean, variance } = batchNormTrain(x, tf.ones([1]), tf.zeros([1]));
    expectNormClose(mean, { shape: [1], values: [3] });
    expectNormClose(variance, { shape: [1], values: [3.5] });
  });

  it.each([1, 6, 80])('fuses normalization and ReLU with the same result, with %i channels', (channels) => {
    const inputs = [tf.add(draw(1, [4, 5, 3, channels]), 2), draw(2, [channels]), draw(3, [channels])];
    const one = withGradients(
      inputs,
      ([x, scale, offset]) => batchNormTrain(x!, scale!, offset!, { activation: 'relu' }).y,
    );
    const two = withGradients(inputs, ([x, scale, offset]) => relu(batchNormTrain(x!, scale!, offset!).y));
    expect(one[0]!.min().dataSync()[0]).toBe(0);
    one.forEach((tensor, i) => {
      expectNormClose(tensor, two[i]!, 1e-6);
    });
  });

  it('computes without recording a gradient', () => {
    const gradient = tf.grad((x) =>
      tf.mul(
        x,
        withoutGradient(() => tf.square(x)),
      ),
    )(tf.tensor1d([2, 3]));
    expectNormClose(gradient, { shape: [2], values: [4, 9] });
  });
});

it('throws an error that names shapes that do not match', () => {
  expect(() => projectiveSample(tf.zeros([2, 3, 3, 1]), tf.zeros([1, 8]))).toThrow(/\[2, 8\], got \[1,8\]/);
  expect(() => addRelu(tf.zeros([2]), tf.zeros([3]))).toThrow(/\[2\] and \[3\]/);
  const addend = tf.zeros<tf.Rank.R4>([3, 7, 9, 3]);
  expect(() => normedConvolution(draw, { addend })).toThrow(/must be of shape \[3,7,9,20\], got \[3,7,9,3\]/);
});

/** A repeatable input of a shape, different for each seed. */
type Draw = (seed: number, shape: number[]) => tf.Tensor;

const draw: Draw = (seed, shape) => uniform(shape, seed);
const drawMagnitudes: Draw = (seed, shape) => tf.abs(draw(seed, shape));

/** Outputs and gradients of ops on tensors whose sizes are not multiples of any kernel's block size. */
const ops: Record<string, () => tf.Tensor[]> = {
  relu: () => withGradients([draw(1, [3, 37])], ([x]) => relu(x!)),
  addRelu: () => withGradients([draw(1, [5, 29]), draw(2, [5, 29])], ([a, b]) => addRelu(a!, b!)),
  batchNormTrain: () =>
    withGradients(
      [tf.add(draw(1, [3, 7, 5, 19]), 3), draw(2, [19]), draw(3, [19])],
      ([x, scale, offset]) => batchNormTrain(x!, scale!, offset!).y,
    ),
  'batchNormTrain with ReLU': () =>
    withGradients(
      [tf.add(draw(1, [3, 7, 5, 19]), 3), draw(2, [19]), draw(3, [19])],
      ([x, scale, offset]) => batchNormTrain(x!, scale!, offset!, { activation: 'relu' }).y,
    ),
  'batchNormTrain with an addend': () =>
    withGradients(
      [tf.add(draw(1, [3, 7, 5, 19]), 3), draw(2, [19]), draw(3, [19]), draw(4, [3, 7, 5, 19])],
      ([x, scale, offset, addend]) => batchNormTrain(x!, scale!, offset!, { addend }).y,
    ),
  'batchNormTrain with an addend and ReLU': () =>
    withGradients(
      [tf.add(draw(1, [3, 7, 5, 19]), 3), draw(2, [19]), draw(3, [19]), draw(4, [3, 7, 5, 19])],
      ([x, scale, offset, addend]) => batchNormTrain(x!, scale!, offset!, { addend, activation: 'relu' }).y,
    ),
  'a convolution, and batchNormTrain with the moments that it returns': () =>
    withGradients(
      [draw(1, [3, 9, 11, 12]), draw(2, [3, 3, 12, 20]), draw(3, [20]), draw(4, [20])],
      ([x, filter, scale, offset]) => {
        const { y, moments } = conv2dMoments(x as tf.Tensor4D, filter as tf.Tensor4D, { padding: 1 });
        return batchNormTrain(y, scale!, offset!, { moments, activation: 'relu' }).y;
      },
    ),
  nextRunningMoments: () => {
    const running = { mean: draw(1, [5]), variance: draw(2, [5]), count: tf.scalar(6, 'int32') };
    const batch = { mean: draw(3, [5]) as tf.Tensor1D, variance: draw(4, [5]) as tf.Tensor1D };
    return Object.values(nextRunningMoments(running, batch, { momentum: 0.2, values: 9 }));
  },
  projectiveSample: () => [
    projectiveSample(
      draw(1, [2, 23, 17, 3]) as tf.Tensor4D,
      tf.tensor2d([1.1, 0.2, -3, -0.1, 0.9, 2, 0.001, -0.002, 2, 0, -5, 0, 2, -5, 0, 0], [2, 8]),
      { size: [31, 13] },
    ),
  ],
};

/** Sums of at most the given numbers of terms, linear in each of their inputs. */
const sums: Record<string, { terms: number; compute: (draw: Draw) => tf.Tensor[] }> = {
  'grouped convolution': {
    terms: 3 * 5 * 6,
    compute: (draw) =>
      withGradients(
        [draw(1, [3, 9, 11, 12]), draw(2, [3, 3, 4, 9])],
        ([x, filter]) =>
          conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, null, { groups: 3, padding: 1, stride: 2 }),
        draw,
      ),
  },
  'dilated convolution': {
    terms: 2 * 13 * 9,
    compute: (draw) =>
      withGradients(
        [draw(1, [2, 13, 11, 6]), draw(2, [3, 2, 6, 17])],
        ([x, filter]) =>
          conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, null, { dilation: [2, 3], padding: 2 }),
        draw,
      ),
  },
  'depthwise convolution': {
    terms: 2 * 13 * 11,
    compute: (draw) =>
      withGradients(
        [draw(1, [2, 13, 11, 21]), draw(2, [3, 3, 1, 21])],
        ([x, filter]) => conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, null, { groups: 21, padding: 1 }),
        draw,
      ),
  },
  conv2dNorm: { terms: 3 * 3 * 12 + 8, compute: (draw) => [normedConvolution(draw, {})] },
  'conv2dNorm with strides, an addend and ReLU': {
    terms: 3 * 3 * 12 + 9,
    compute: (draw) => [
      normedConvolution(draw, {
        stride: 2,
        dilation: [1, 2],
        addend: draw(7, [3, 4, 4, 20]) as tf.Tensor4D,
        activation: 'relu',
      }),
    ],
  },
  areaResize: {
    terms: 5 * 3 + 1,
    compute: (draw) => [areaResize(draw(1, [2, 23, 17, 3]) as tf.Tensor4D, [7, 9])],
  },
};

function normedConvolution(draw: Draw, options: Conv2dNormOptions): tf.Tensor {
  // The mean is subtracted, so the magnitudes add up.
  const mean = tf.neg(draw(3, [20])) as tf.Tensor1D;
  const norm = { mean, variance: tf.square(draw(6, [20])) as tf.Tensor1D };
  return conv2dNorm(
    draw(1, [3, 9, 11, 12]) as tf.Tensor4D,
    draw(2, [3, 3, 12, 20]) as tf.Tensor4D,
    { ...norm, scale: draw(4, [20]), offset: draw(5, [20]), epsilon: 1e-3 },
    options,
  );
}

function withGradients(
  inputs: tf.Tensor[],
  f: (inputs: tf.Tensor[]) => tf.Tensor,
  drawGradient: Draw = draw,
): tf.Tensor[] {
  const y = f(inputs);
  const { grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => f(xs))(inputs, drawGradient(9, y.shape));
  return [y, ...grads];
}

const engine = testedEngines.find((name) => name !== 'cpu');

(engine ? describe : describe.skip)("the engine's kernels agree with the composition of tfjs's ops", () => {
  const on = async (name: EngineName, compute: () => tf.Tensor[]) => {
    await useEngine(name);
    return compute().map((tensor) => tensor.dataSync());
  };

  it.each(Object.entries(sums))('%s', async (_, { terms, compute }) => {
    const expected = await on('cpu', () => compute(draw));
    const magnitudes = await on('cpu', () => compute(drawMagnitudes));
    const actual = await on(engine!, () => compute(draw));
    for (const [i, values] of expected.entries()) expectSumsClose(actual[i]!, values, magnitudes[i]!, terms);
  });

  // Ops that are not linear are compared relative to the largest of many values, which cannot all cancel.
  it.each(Object.entries(ops))('%s', async (_, compute) => {
    const expected = await on('cpu', compute);
    const actual = await on(engine!, compute);
    for (const [i, values] of expected.entries()) expectNormClose(actual[i]!, values);
  });
});

it('nearest-neighbor resizing passes gradients back to a side of one pixel', async () => {
  await useEngine('cpu');
  const x = tf.tensor4d([1, 2, 3, 4], [1, 1, 2, 2]);
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor4D) => resizeNearest(x, [3, 4]))(
    x,
    tf.tensor4d(
      Array.from({ length: 24 }, (_, i) => i),
      [1, 3, 4, 2],
    ),
  );
  expect([...value.dataSync().slice(0, 8)]).toEqual([1, 2, 1, 2, 3, 4, 3, 4]);
  // Each pixel goes to two columns of all three rows.
  expect([...grad.dataSync()]).toEqual([54, 60, 78, 84]);
});

it('one-hot vectors serve a single class, and give zeros for what is no class', () => {
  const indices = tf.tensor2d(
    [
      [0, 2],
      [-1, 3],
    ],
    [2, 2],
    'int32',
  );
  expect(oneHot(indices, 3).arraySync()).toEqual([
    [
      [1, 0, 0],
      [0, 0, 1],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
  ]);
  expect([...oneHot(tf.tensor1d([0, 0, 5], 'int32'), 1).dataSync()]).toEqual([1, 1, 0]);
});
