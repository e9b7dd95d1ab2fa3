import { expectAllClose, type Tolerance } from '@fastts/testing/allClose';
import { testProperty } from '@fastts/testing/property';
import { expectSumsClose } from '@fastts/testing/sumsClose';
import { uniform } from '@fastts/testing/tensors';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { on } from './backends.js';

// tfjs's own tests check individual kinds of input; these compare with tfjs's CPU backend for any sizes, strides and
// divisions among threads.

const size = fc.integer({ min: 1, max: 9 });
const seed = fc.integer({ min: 1, max: 1e6 });

/**
 * Rounding error of Winograd's algorithm for numbers up to 1, per square root of the number of terms, as in
 * cpp/test/products_test.cc.
 */
const WINOGRAD_ROUNDING = 5e-6;

/** Expects equal results of both backends, bit by bit unless a tolerance is given. */
async function same(compute: () => tf.Tensor | tf.Tensor[], tolerance: Tolerance = {}): Promise<void> {
  const [actual, expected] = [await on('native', compute), await on('cpu', compute)];
  for (const [i, tensor] of expected.entries()) expectAllClose(actual[i]!, tensor, tolerance);
}

/**
 * Expects sums of at most `terms` terms to equal those of the CPU backend, except for rounding.
 *
 * @param compute Computes the sums, which are linear in each tensor that it draws by the given function.
 * @param atol Additional absolute tolerance.
 */
async function sameSums(
  terms: number,
  compute: (draw: typeof uniform) => tf.Tensor[],
  atol = 0,
): Promise<void> {
  const actual = await on('native', () => compute(uniform));
  const expected = await on('cpu', () => compute(uniform));
  const magnitudes = await on('cpu', () => compute((shape, seed) => tf.abs(uniform(shape, seed))));
  for (const [i, sums] of expected.entries()) expectSumsClose(actual[i]!, sums, magnitudes[i]!, terms, atol);
}

describe('kernels agree with the CPU backend', () => {
  testProperty(
    'element-wise operations on broadcast shapes',
    [
      fc.array(fc.tuple(size, fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 2 }),
      seed,
    ],
    async (dims, dropped, s) => {
      const a = dims.map(([n, keep]) => (keep ? n : 1));
      const b = dims.map(([n, , keep]) => (keep ? n : 1)).slice(Math.min(dropped, dims.length - 1));
      await same(() => {
        const [x, y] = [uniform(a, s), uniform(b, s + 1)];
        return [x.add(y), x.maximum(y), x.greater(y), x.mul(9).toInt().sub(y.mul(9).toInt())];
      });
    },
    { numRuns: 60 },
  );

  test('rows shorter than a vector, broadcast over many', () =>
    same(() => [
      uniform([700, 50, 3], 1).sub(uniform([3], 2)),
      uniform([3], 2).sub(uniform([700, 50, 3], 1)),
      uniform([40, 33, 17], 1).mul(uniform([33, 1], 2)),
      uniform([300, 7], 1).div(uniform([300, 1], 2)),
    ]));

  testProperty(
    'reductions over any axes',
    [fc.array(fc.tuple(size, fc.boolean()), { minLength: 1, maxLength: 5 }), fc.boolean(), seed],
    async (dims, keepDims, s) => {
      const shape = dims.map(([n]) => n);
      const axes = dims.flatMap(([, reduced], d) => (reduced ? [d] : []));
      if (!axes.length) axes.push(0);
      const terms = axes.reduce((count, axis) => count * shape[axis]!, 1);
      await sameSums(terms + 1, (draw) => {
        const x = draw(shape, s);
        return [x.sum(axes, keepDims), x.mean(axes, keepDims)];
      });
      // Each multiplication rounds once; denormal numbers have fewer digits.
      const rounding = { rtol: terms * 2 ** -23, atol: 2 ** -126 };
      await same(() => uniform(shape, s).prod(axes, keepDims), rounding);
      await same(() => {
        const x = uniform(shape, s);
        return [
          x.max(axes, keepDims),
          x.min(axes, keepDims),
          x.greater(0).all(axes, keepDims),
          x.greater(0).any(axes, keepDims),
          x.mul(50).toInt().sum(axes, keepDims),
          x.argMax(axes[0]),
          x.argMin(axes[0]),
        ];
      });
    },
    { numRuns: 60 },
  );

  test.each([
    [[200000], [0]],
    [[5000, 70], [0]],
    [[5000, 3], [0]],
    [[3, 900, 41], [1]],
    [[64, 3000], [1]],
    [
      [2, 300, 5, 60],
      [1, 3],
    ],
  ])('long reductions of %j over %j', async (shape, axes) => {
    const terms = axes.reduce((count, axis) => count * shape[axis]!, 1);
    await sameSums(terms + 1, (draw) => {
      const x = draw(shape, 3).add(0.5);
      return [x.sum(axes), x.mean(axes)];
    });
    await same(() => {
      const x = uniform(shape, 3);
      // Sums of integers are exact, and show that no term is omitted.
      return [x.max(axes), x.min(axes), x.mul(50).round().sum(axes)];
    });
  });

  describe('functions of one number, including special values', () => {
    const special = [
      ...[0, -0, 1, -1, 1e-30, -1e-30, 1e-7, 88, 89, -88, -104, 200, -200, 1e30, 0.5, 1.5, 2.5, -0.5, 1e-40],
      ...[Number.NaN, Infinity, -Infinity],
    ];
    const numbers = () => tf.concat([tf.tensor1d(special), uniform([3000], 5).mul(12)]);

    test('to the last digit or two', () =>
      same(
        () => {
          const x = numbers();
          return [
            ...[
              x.exp(),
              x.expm1(),
              x.log(),
              x.log1p(),
              x.sigmoid(),
              x.tanh(),
              x.softplus(),
              x.elu(),
              x.selu(),
            ],
            ...[x.leakyRelu(0.3), x.rsqrt(), x.sin(), x.cos(), x.pow(tf.scalar(3))],
          ];
        },
        // The CPU backend's elu is exp(x) - 1, in double precision.
        { rtol: 2 ** -22, atol: 2 ** -53 },
      ));

    test('exactly', () =>
      same(() => {
        const x = numbers();
        return [
          ...[x.relu(), x.relu6(), x.step(0.2), x.sign(), x.round(), x.floor(), x.ceil(), x.abs(), x.neg()],
          ...[x.square(), x.sqrt(), x.reciprocal(), x.clipByValue(-2, 3), x.pow(2), x.prelu(tf.scalar(0.1))],
          ...[x.toInt(), x.toBool(), x.toInt().toFloat()],
        ];
      }));

    // Both backends take the formula 7.1.26 of Abramowitz and Stegun, whose terms of some 1 cancel near 0.
    test('erf', () => same(() => numbers().erf(), { atol: 2 ** -21 }));
  });

  testProperty(
    'transposing, slicing, reversing, tiling, padding, joining, gathering',
    [
      fc.array(size, { minLength: 2, maxLength: 4 }),
      fc.constantFrom<'float32' | 'int32' | 'bool'>('float32', 'int32', 'bool'),
      seed,
    ],
    async (shape, dtype, s) => {
      const order = shape.map((_, d) => (d * 7 + s) % 97).map((key, d) => [key, d] as const);
      const perm = order.sort((one, other) => one[0] - other[0]).map(([, d]) => d);
      const begin = shape.map((n, d) => (s + d) % n);
      const paddings = shape.map((n, d): [number, number] => [(s + d) % n, (s + 2 * d) % n]);
      await same(() => {
        const x = uniform(shape, s).mul(100).cast(dtype);
        return [
          x.transpose(perm),
          x.slice(begin),
          x.stridedSlice(
            begin,
            shape,
            shape.map((_, d) => 1 + ((s + d) % 3)),
          ),
          x.reverse(perm.slice(1)),
          x.tile(shape.map((_, d) => 1 + ((s + d) % 3))),
          x.pad(paddings),
          x.mirrorPad(paddings, 'symmetric'),
          x.mirrorPad(paddings, 'reflect'),
          tf.concat([x, x.slice(begin.map((b, d) => (d === 1 ? b : 0))), x], 1),
          ...tf.split(tf.concat([x, x], 1), [1, 2 * shape[1]! - 1], 1),
          x.gather(tf.tensor1d([0, shape[1]! - 1, 0], 'int32'), 1),
          tf.where(x.greater(tf.scalar(0, dtype)), x, tf.zerosLike(x)),
        ];
      });
    },
    { numRuns: 60 },
  );

  test.each([
    [
      [300, 200],
      [1, 0],
    ],
    [
      [2, 30, 40, 33],
      [0, 3, 1, 2],
    ],
    [
      [2, 33, 30, 40],
      [0, 2, 3, 1],
    ],
    [
      [7, 50, 3, 45],
      [3, 1, 2, 0],
    ],
  ])('transposing %j by %j', (shape, perm) => same(() => uniform(shape, 1).transpose(perm)));

  testProperty(
    'matrix products',
    [fc.tuple(fc.integer({ min: 1, max: 3 }), size, size, size), fc.boolean(), fc.boolean(), seed],
    async ([batch, m, n, k], transposeA, transposeB, s) => {
      const a = transposeA ? [k, m] : [m, k];
      const b = transposeB ? [n, k] : [k, n];
      await sameSums(k + 1, (draw) => [
        tf.matMul(draw([batch, ...a], s), draw([1, ...b], s + 1), transposeA, transposeB),
        tf.matMul(draw(a, s), draw([batch, ...b], s + 1), transposeA, transposeB),
        // ReLU leaves magnitudes alone.
        tf.fused.matMul({
          a: draw(a, s),
          b: draw(b, s + 1),
          transposeA,
          transposeB,
          bias: draw([n], 4),
          activation: 'relu',
        }),
      ]);
    },
    { numRuns: 40 },
  );

  testProperty(
    'convolutions and their gradients',
    [
      fc.tuple(size, size, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 40 })),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 2 }),
      fc.constantFrom<'same' | 'valid'>('same', 'valid'),
      seed,
    ],
    async ([h, w, inputs, outputs], k, stride, pad, s) => {
      const [xShape, filterShape] = [
        [2, h + 2, w + 2, inputs],
        [k, k, inputs, outputs],
      ];
      // The longest sums: of a value, of its gradient, and of the gradient of a weight, over all positions.
      const terms = Math.max(k * k * Math.max(inputs, outputs), 2 * (h + 2) * (w + 2)) + 1;
      const isByWinograd = k === 3 && stride === 1 && inputs % 16 === 0 && outputs % 16 === 0;
      await sameSums(
        terms,
        (draw) => {
          const [x, filter] = [draw(xShape, s) as tf.Tensor4D, draw(filterShape, s + 1) as tf.Tensor4D];
          const y = tf.conv2d(x, filter, stride, pad);
          const dy = draw(y.shape, s + 2);
          // Rounding before ReLU6 is not larger after it, but magnitudes are not for it to clip.
          const activation = draw === uniform ? 'relu6' : 'linear';
          return [
            y,
            tf.fused.conv2d({ x, filter, strides: stride, pad, bias: draw([outputs], 2), activation }),
            ...tf.grads((a, b) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad))(
              [x, filter],
              dy,
            ),
          ];
        },
        isByWinograd ? WINOGRAD_ROUNDING * Math.sqrt(terms) : 0,
      );
    },
    { numRuns: 30 },
  );

  testProperty(
    'pooling and its gradients',
    [
      fc.tuple(size, size, fc.integer({ min: 1, max: 70 })),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom<'same' | 'valid'>('same', 'valid'),
      seed,
    ],
    async ([h, w, c], k, stride, pad, s) => {
      const shape = [2, h + 2, w + 2, c];
      const max = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, k, stride, pad);
      const avg = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, k, stride, pad);
      await same(() => max(uniform(shape, s)));
      await sameSums(k * k + 1, (draw) => {
        const y = avg(draw(shape, s));
        const dy = draw(y.shape, s + 1);
        // The gradient of a maximum is linear in dy alone.
        return [y, tf.grad(max)(uniform(shape, s), dy), tf.grad(avg)(draw(shape, s), dy)];
      });
    },
    { numRuns: 30 },
  );

  // Places up to 18 pixels from the corner go through six roundings of 2⁻²⁴, and a pixel differs from the next by up to 2
  // in each direction.
  const PLACES = { atol: 18 * 6 * 2 ** -24 * 4 };

  test('resizing and transforming pictures', () =>
    same(() => {
      const x = uniform([1, 9, 7, 3], 1) as tf.Tensor4D;
      const matrix = tf.tensor2d([[1.2, 0.1, -3, 0.2, 0.8, 2, 0.01, -0.02]]);
      return [
        tf.image.resizeBilinear(x, [5, 11]),
        tf.image.resizeBilinear(x, [18, 14], true),
        tf.image.resizeBilinear(x, [4, 4], false, true),
        tf.grad((of) => tf.image.resizeBilinear(of as tf.Tensor4D, [7, 5]))(
          uniform([1, 6, 6, 3], 2),
          uniform([1, 7, 5, 3], 3),
        ),
        tf.image.flipLeftRight(x),
        ...(['constant', 'nearest', 'reflect', 'wrap'] as const).flatMap((mode) =>
          (['bilinear', 'nearest'] as const).map((how) =>
            tf.image.transform(x, matrix, how, mode, 0.5, [8, 8]),
          ),
        ),
      ];
    }, PLACES));
});
