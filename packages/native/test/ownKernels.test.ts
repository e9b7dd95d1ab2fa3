import * as tf from '@tensorflow/tfjs';
import fixture from '../fixtures/kernels.json';
import { expectSame, on, random, run, type Stored, stored } from './tensors.js';

describe('kernels that tfjs does not have', () => {
  test.each(Object.entries(fixture.sampling.outputs))(
    'ProjectiveSample as grid_sample: %s',
    async (name, expected) => {
      const [padMode, mode] = name.split(' ');
      const { image, matrices, size } = fixture.sampling;
      const inputs = () => ({ image: stored(image), matrices: stored(matrices) });
      const actual = await on('native', () =>
        run('ProjectiveSample', inputs(), { outputShape: size, padMode, mode }),
      );
      expectSame(actual, [expected], 2e-5);
    },
  );

  test('ProjectiveSample takes any number of channels, and one matrix for all pictures', async () => {
    const attrs = { outputShape: [5, 4], padMode: 'reflection', mode: 'bilinear' };
    const matrix = [1.2, 0.1, -0.5, 0.05, 0.9, 1.5, 0.01, -0.02];
    const whole = await on('native', () =>
      run('ProjectiveSample', { image: random([3, 6, 7, 4], 1), matrices: tf.tensor2d([matrix]) }, attrs),
    );
    const byChannel = await on('native', () => {
      const matrices = tf.tensor2d([matrix, matrix, matrix]);
      const channels = tf.split(random([3, 6, 7, 4], 1), 4, 3);
      return tf.concat(
        channels.map((image) => run('ProjectiveSample', { image, matrices }, attrs)[0]!),
        3,
      );
    });
    expectSame(whole, byChannel);
  });

  test.each(fixture.area.outputs)('AreaResize to $size as adaptive average pooling', async ({ size, y }) => {
    const actual = await on('native', () =>
      run('AreaResize', { image: stored(fixture.area.image) }, { size }),
    );
    expectSame(actual, [y]);
  });

  test('BatchNormTrain and its gradient, far from zero', async () => {
    const { x, scale, offset, dy, y, mean, variance, dx, dScale, dOffset } = fixture.batchNorm;
    const forward = await on('native', () =>
      run(
        'BatchNormTrain',
        { x: stored(x), scale: stored(scale), offset: stored(offset) },
        { epsilon: 1e-5 },
      ),
    );
    // y is a small difference of large numbers that single precision holds to 1e-7 of a hundred.
    expectSame(forward.slice(0, 1), [y], 1e-4);
    expectSame(forward.slice(1, 2), [mean], 1e-7);
    expectSame(forward.slice(2), [variance], 1e-5);
    const inputs = () => ({
      dy: stored(dy),
      x: stored(x),
      scale: stored(scale),
      mean: stored(mean),
      variance: stored(variance),
    });
    const backward = await on('native', () => run('BatchNormTrainGrad', inputs(), { epsilon: 1e-5 }));
    expectSame(backward, [dx, dScale, dOffset], 1e-4);
  });

  test.each([1, 3, 16, 48, 300])('BatchNormTrain with %i channels', async (channels) => {
    const shape = [3, 5, 7, channels];
    const composed = await on('cpu', () => {
      const x = random(shape, 1);
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const [scale, offset] = [random([channels], 2), random([channels], 3)];
      return [x.sub(mean).div(variance.add(1e-3).sqrt()).mul(scale).add(offset), mean, variance];
    });
    const own = await on('native', () =>
      run(
        'BatchNormTrain',
        { x: random(shape, 1), scale: random([channels], 2), offset: random([channels], 3) },
        { epsilon: 1e-3 },
      ),
    );
    expectSame(own, composed);
  });

  test.each(fixture.adam)(
    "AdamStep takes fastai's steps: $hypers",
    async ({ start, grads, params, hypers }) => {
      const { lr, mom, sqr_mom: sqrMom, eps, wd, decouple_wd: decoupled } = hypers;
      const actual = await on('native', () => {
        let [param, avg, sqrAvg] = [stored(start), tf.zeros([37]), tf.zeros([37])] as tf.Tensor[];
        return grads.map((grad, i) => {
          const attrs = { lr, mom, sqrMom, eps, wd, decoupled, step: i + 1 };
          [param, avg, sqrAvg] = run('AdamStep', { param, grad: stored(grad), avg, sqrAvg }, attrs);
          return param!;
        });
      });
      expectSame(actual, params);
    },
  );

  test.each(fixture.sgd)(
    "SgdStep takes fastai's steps: $hypers",
    async ({ start, grads, params, hypers }) => {
      const { lr, mom, wd, decouple_wd: decoupled } = hypers;
      const actual = await on('native', () => {
        let param = stored(start);
        let avg: tf.Tensor | undefined = mom ? tf.zeros([37]) : undefined;
        return grads.map((grad) => {
          const inputs = { param, grad: stored(grad), ...(avg && { avg }) };
          [param, avg] = run('SgdStep', inputs, { lr, mom, wd, decoupled }) as [tf.Tensor, tf.Tensor?];
          return param;
        });
      });
      expectSame(actual, params);
    },
  );

  test('ReluGradFromOutput and AddRelu', async () => {
    const pair = () => [random([4, 5, 33], 1), random([4, 5, 33], 2)] as const;
    const own = await on('native', () => {
      const [a, b] = pair();
      return [...run('ReluGradFromOutput', { dy: a, y: b }), ...run('AddRelu', { a, b })];
    });
    const composed = await on('cpu', () => {
      const [a, b] = pair();
      return [tf.where(b.greater(0), a, tf.zerosLike(a)), a.add(b).relu()];
    });
    expectSame(own, composed, 0);
  });

  test('LogSoftmax', async () => {
    const own = await on('native', () =>
      run('LogSoftmax', { logits: random([7, 19], 1).mul(30) }, { axis: -1 }),
    );
    expectSame(own, await on('cpu', () => tf.logSoftmax(random([7, 19], 1).mul(30))));
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
    const inputs = () => [random(xShape, 1), random(filterShape, 2)] as [tf.Tensor4D, tf.Tensor4D];
    const composition = (x: tf.Tensor4D, filter: tf.Tensor4D) => {
      const padded = tf.pad(x, [[0, 0], ...pad, [0, 0]]);
      if (groups === 1) return convolve(padded, filter, strides, dilations);
      const xs = tf.split(padded, groups, 3);
      const filters = tf.split(filter, groups, 3);
      return tf.concat(
        xs.map((part, g) => convolve(part, filters[g]!, strides, dilations)),
        3,
      );
    };
    const [yShape] = (await on('cpu', () => composition(...inputs()))).map(({ shape }) => shape);
    const expected = await on('cpu', () => {
      const { value, grads } = tf.valueAndGrads((x, filter) =>
        composition(x as tf.Tensor4D, filter as tf.Tensor4D)
          .mul(random(yShape!, 3))
          .sum(),
      )(inputs());
      return [composition(...inputs()), grads[0]!, grads[1]!, value];
    });
    const attrs = { strides, pad, dilations, groups };
    const own = await on('native', () => {
      const [x, filter] = inputs();
      const dy = random(yShape!, 3);
      return [
        ...run('GroupedConv2D', { x, filter }, attrs),
        ...run('GroupedConv2DBackpropInput', { dy, filter }, { ...attrs, inputShape: xShape }),
        ...run('GroupedConv2DBackpropFilter', { x, dy }, { ...attrs, filterShape }),
      ];
    });
    expectSame(own, expected.slice(0, 3) as Stored[], 1e-5);
  });

  /** tfjs's own convolution, of a filter with the gaps of a dilation filled by zeros: its gradient knows no other. */
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
