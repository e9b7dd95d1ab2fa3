import { expectAllClose, expectNormClose, type StoredTensor } from '@fastts/testing/allClose';
import { expectSumsClose } from '@fastts/testing/sumsClose';
import { tensorOf, uniform } from '@fastts/testing/tensors';
import * as tf from '@tensorflow/tfjs';
import fixture from '../fixtures/kernels.json';
import { type Computed, on, run } from './backends.js';

function expectAllNormClose(actual: Computed[], expected: StoredTensor[], rtol?: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, tensor] of expected.entries()) expectNormClose(actual[i]!, tensor, rtol);
}

describe('kernels that tfjs lacks', () => {
  test.each(Object.entries(fixture.sampling.outputs))(
    'ProjectiveSample equals grid_sample: %s',
    async (name, expected) => {
      const [padMode, mode] = name.split(' ');
      const { image, matrices, size } = fixture.sampling;
      const inputs = () => ({ image: tensorOf(image), matrices: tensorOf(matrices) });
      const actual = await on('native', () =>
        run('ProjectiveSample', inputs(), { outputShape: size, padMode, mode }),
      );
      expectNormClose(actual[0]!, expected, 2e-5);
    },
  );

  test('ProjectiveSample supports any number of channels, and one matrix for all images', async () => {
    const attrs = { outputShape: [5, 4], padMode: 'reflection', mode: 'bilinear' };
    const matrix = [1.2, 0.1, -0.5, 0.05, 0.9, 1.5, 0.01, -0.02];
    const whole = await on('native', () =>
      run('ProjectiveSample', { image: uniform([3, 6, 7, 4], 1), matrices: tf.tensor2d([matrix]) }, attrs),
    );
    const byChannel = await on('native', () => {
      const matrices = tf.tensor2d([matrix, matrix, matrix]);
      const channels = tf.split(uniform([3, 6, 7, 4], 1), 4, 3);
      return tf.concat(
        channels.map((image) => run('ProjectiveSample', { image, matrices }, attrs)[0]!),
        3,
      );
    });
    expect(whole).toEqual(byChannel);
  });

  test.each(fixture.area.outputs)(
    'AreaResize to $size equals adaptive average pooling',
    async ({ size, y }) => {
      const actual = await on('native', () =>
        run('AreaResize', { image: tensorOf(fixture.area.image) }, { size }),
      );
      expectNormClose(actual[0]!, y);
    },
  );

  test('BatchNormTrain and its gradient, far from zero', async () => {
    const { x, scale, offset, dy, y, mean, variance, dx, dScale, dOffset } = fixture.batchNorm;
    const forward = await on('native', () =>
      run(
        'BatchNormTrain',
        { x: tensorOf(x), scale: tensorOf(scale), offset: tensorOf(offset) },
        { epsilon: 1e-5 },
      ),
    );
    // y is a small difference of numbers near 100, which have a relative precision of 1e-7.
    expectNormClose(forward[0]!, y, 1e-4);
    expectNormClose(forward[1]!, mean, 1e-7);
    expectNormClose(forward[2]!, variance);
    const inputs = () => ({
      dy: tensorOf(dy),
      x: tensorOf(x),
      scale: tensorOf(scale),
      mean: tensorOf(mean),
      variance: tensorOf(variance),
    });
    const backward = await on('native', () => run('BatchNormTrainGrad', inputs(), { epsilon: 1e-5 }));
    expectAllNormClose(backward, [dx, dScale, dOffset], 1e-4);
  });

  test.each([1, 3, 16, 48, 300])('BatchNormTrain with %i channels', async (channels) => {
    const [shape, epsilon] = [[3, 5, 7, channels], 1e-3];
    const inputs = () => ({
      x: uniform(shape, 1),
      scale: uniform([channels], 2),
      offset: uniform([channels], 3),
    });
    const own = await on('native', () => run('BatchNormTrain', inputs(), { epsilon }));
    const composed = await on('cpu', () => {
      const { x, scale, offset } = inputs();
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return [x.sub(mean).div(variance.add(epsilon).sqrt()).mul(scale).add(offset), mean, variance];
    });
    const magnitudes = await on('cpu', () => {
      const { x, scale, offset } = inputs();
      const mean = x.abs().mean([0, 1, 2]);
      const difference = x.abs().add(mean);
      const deviation = tf.moments(x, [0, 1, 2]).variance.add(epsilon).sqrt();
      const y = difference.div(deviation).mul(scale.abs()).add(offset.abs());
      return [y, mean, difference.square().mean([0, 1, 2])];
    });
    // The output depends on two sums: one for the mean and one for the variance.
    const terms = 2 * 3 * 5 * 7;
    for (const [i, tensor] of composed.entries()) expectSumsClose(own[i]!, tensor, magnitudes[i]!, terms);
  });

  test.each(fixture.adam)(
    "AdamStep makes fastai's steps: $hypers",
    async ({ start, grads, params, hypers }) => {
      const { lr, mom, sqr_mom: sqrMom, eps, wd, decouple_wd: decoupled } = hypers;
      const actual = await on('native', () => {
        let [param, avg, sqrAvg] = [tensorOf(start), tf.zeros([37]), tf.zeros([37])];
        return grads.map((grad, i) => {
          const attrs = { lr, mom, sqrMom, eps, wd, decoupled, step: i + 1 };
          [param, avg, sqrAvg] = run('AdamStep', { param, grad: tensorOf(grad), avg, sqrAvg }, attrs);
          return param!;
        });
      });
      expectAllNormClose(actual, params);
    },
  );

  test.each(fixture.sgd)(
    "SgdStep makes fastai's steps: $hypers",
    async ({ start, grads, params, hypers }) => {
      const { lr, mom, wd, decouple_wd: decoupled } = hypers;
      const actual = await on('native', () => {
        let param = tensorOf(start);
        let avg: tf.Tensor | undefined = mom ? tf.zeros([37]) : undefined;
        return grads.map((grad) => {
          const inputs = { param, grad: tensorOf(grad), ...(avg && { avg }) };
          [param, avg] = run('SgdStep', inputs, { lr, mom, wd, decoupled }) as [tf.Tensor, tf.Tensor?];
          return param;
        });
      });
      expectAllNormClose(actual, params);
    },
  );

  test('ReluGradFromOutput and AddRelu', async () => {
    const pair = () => [uniform([4, 5, 33], 1), uniform([4, 5, 33], 2)] as const;
    const own = await on('native', () => {
      const [a, b] = pair();
      return [...run('ReluGradFromOutput', { dy: a, y: b }), ...run('AddRelu', { a, b })];
    });
    const composed = await on('cpu', () => {
      const [a, b] = pair();
      return [tf.where(b.greater(0), a, tf.zerosLike(a)), a.add(b).relu()];
    });
    expect(own).toEqual(composed);
  });

  test('LogSoftmax', async () => {
    const own = await on('native', () =>
      run('LogSoftmax', { logits: uniform([7, 19], 1).mul(30) }, { axis: -1 }),
    );
    const [expected] = await on('cpu', () => tf.logSoftmax(uniform([7, 19], 1).mul(30)));
    // Differences of numbers up to 30.
    expectAllClose(own[0]!, expected!, { atol: 60 * 2 ** -22 });
  });
});

describe('GroupedConv2D and its gradients', () => {
  // [input, filter [kh, kw, ic/groups, oc], groups, strides, pad [[top, bottom], [left, right]], dilations]
  const cases = [
    [
      [2, 7, 8, 6],
      [3, 3, 2, 9],
      3,
      [1, 1],
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
    ],
    [
      [2, 9, 8, 4],
      [3, 2, 2, 6],
      2,
      [2, 2],
      [
        [0, 1],
        [1, 0],
      ],
      [1, 1],
    ],
    [
      [1, 8, 8, 8],
      [3, 3, 1, 8],
      8,
      [1, 1],
      [
        [2, 2],
        [2, 2],
      ],
      [2, 2],
    ],
    [
      [3, 6, 6, 5],
      [3, 3, 5, 7],
      1,
      [2, 1],
      [
        [1, 1],
        [1, 1],
      ],
      [1, 1],
    ],
    [
      [2, 5, 5, 32],
      [1, 1, 16, 32],
      2,
      [1, 1],
      [
        [0, 0],
        [0, 0],
      ],
      [1, 1],
    ],
  ] as [
    number[],
    number[],
    number,
    [number, number],
    [[number, number], [number, number]],
    [number, number],
  ][];

  test.each(cases)('x %j, filter %j, %i groups, strides %j, pad %j, dilations %j', async (...given) => {
    const [xShape, filterShape, groups, strides, pad, dilations] = given;
    const composition = (x: tf.Tensor, filter: tf.Tensor) => {
      const padded = tf.pad(x, [[0, 0], ...pad, [0, 0]]);
      if (groups === 1) return convolve(padded, filter, strides, dilations);
      const xs = tf.split(padded, groups, 3);
      const filters = tf.split(filter, groups, 3);
      return tf.concat(
        xs.map((part, g) => convolve(part, filters[g]!, strides, dilations)),
        3,
      );
    };
    const composed = (sign: (drawn: tf.Tensor) => tf.Tensor) =>
      on('cpu', () => {
        const [x, filter] = [sign(uniform(xShape, 1)), sign(uniform(filterShape, 2))];
        const y = composition(x, filter);
        return [y, ...tf.grads(composition)([x, filter], sign(uniform(y.shape, 3)))];
      });
    const expected = await composed((drawn) => drawn);
    const magnitudes = await composed(tf.abs);
    const attrs = { strides, pad, dilations, groups };
    const own = await on('native', () => {
      const [x, filter, dy] = [uniform(xShape, 1), uniform(filterShape, 2), uniform(expected[0]!.shape, 3)];
      return [
        ...run('GroupedConv2D', { x, filter }, attrs),
        ...run('GroupedConv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: xShape }),
        ...run('GroupedConv2DBackpropFilter', { x, dy }, { ...attrs, filterShape }),
      ];
    });
    const [n, height, width] = expected[0]!.shape;
    const [kh, kw, ic, oc] = filterShape;
    const terms = [kh! * kw! * ic!, (kh! * kw! * oc!) / groups, n! * height! * width!];
    for (const [i, tensor] of expected.entries()) expectSumsClose(own[i]!, tensor, magnitudes[i]!, terms[i]!);
  });

  /** tfjs's convolution with a filter dilated by zeros, since its gradient does not support dilations. */
  function convolve(x: tf.Tensor, filter: tf.Tensor, strides: [number, number], [dh, dw]: [number, number]) {
    const [kh, kw, ic, oc] = filter.shape as [number, number, number, number];
    const none: [number, number] = [0, 0];
    const spread = tf
      .pad(filter.reshape([kh, 1, kw, 1, ic, oc]), [none, [0, dh - 1], none, [0, dw - 1], none, none])
      .reshape([kh * dh, kw * dw, ic, oc])
      .slice([0, 0, 0, 0], [(kh - 1) * dh + 1, (kw - 1) * dw + 1, ic, oc]);
    return tf.conv2d(x as tf.Tensor4D, spread as tf.Tensor4D, strides, 'valid');
  }
});
