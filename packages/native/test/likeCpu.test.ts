import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expectSame, on, random } from './tensors.js';

// tfjs's own tests check kinds of input one by one; these check that sizes, strides and splits among threads do not
// matter, against tfjs's CPU backend.

const size = fc.integer({ min: 1, max: 9 });
const seed = fc.integer({ min: 1, max: 1e6 });

async function same(compute: () => tf.Tensor | tf.Tensor[], tolerance?: number): Promise<void> {
  expectSame(await on('native', compute), await on('cpu', compute), tolerance);
}

describe('kernels agree with the CPU backend', () => {
  test('element-wise operations on broadcast shapes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(size, fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 2 }),
        seed,
        async (dims, dropped, s) => {
          const a = dims.map(([n, keep]) => (keep ? n : 1));
          const b = dims.map(([n, , keep]) => (keep ? n : 1)).slice(Math.min(dropped, dims.length - 1));
          await same(() => [
            random(a, s).add(random(b, s + 1)),
            random(a, s).maximum(random(b, s + 1)),
            random(a, s).greater(random(b, s + 1)),
            random(a, s)
              .mul(9)
              .toInt()
              .sub(
                random(b, s + 1)
                  .mul(9)
                  .toInt(),
              ),
          ]);
        },
      ),
      { numRuns: 60 },
    ));

  test('rows too short for vectors, added to many', () =>
    same(() => [
      random([700, 50, 3], 1).sub(random([3], 2)),
      random([3], 2).sub(random([700, 50, 3], 1)),
      random([40, 33, 17], 1).mul(random([33, 1], 2)),
      random([300, 7], 1).div(random([300, 1], 2)),
    ]));

  test('reductions over any axes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(size, fc.boolean()), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        seed,
        async (dims, keepDims, s) => {
          const shape = dims.map(([n]) => n);
          const axes = dims.flatMap(([, reduced], d) => (reduced ? [d] : []));
          if (!axes.length) axes.push(0);
          await same(() => {
            const x = random(shape, s);
            return [
              x.sum(axes, keepDims),
              x.mean(axes, keepDims),
              x.max(axes, keepDims),
              x.min(axes, keepDims),
              x.prod(axes, keepDims),
              x.greater(0).all(axes, keepDims),
              x.greater(0).any(axes, keepDims),
              x.mul(50).toInt().sum(axes, keepDims),
              x.argMax(axes[0]),
              x.argMin(axes[0]),
            ];
          });
        },
      ),
      { numRuns: 60 },
    ));

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
  ])('long reductions of %j over %j', (shape, axes) =>
    same(() => {
      const x = random(shape, 3).add(0.5);
      return [x.sum(axes), x.mean(axes), x.max(axes), x.min(axes)];
    }),
  );

  test('functions of one number, also where they are delicate', () =>
    same(() => {
      const few = [
        0, -0, 1, -1, 1e-30, -1e-30, 1e-7, 88, 89, -88, -104, 200, -200, 1e30, 0.5, 1.5, 2.5, -0.5, 1e-40,
      ];
      const x = tf.concat([
        tf.tensor1d([...few, Number.NaN, Infinity, -Infinity]),
        random([3000], 5).mul(12) as tf.Tensor1D,
      ]);
      return [
        ...[
          x.exp(),
          x.expm1(),
          x.log(),
          x.log1p(),
          x.sigmoid(),
          x.tanh(),
          x.erf(),
          x.softplus(),
          x.elu(),
          x.selu(),
        ],
        ...[
          x.relu(),
          x.relu6(),
          x.leakyRelu(0.3),
          x.step(0.2),
          x.sign(),
          x.round(),
          x.floor(),
          x.ceil(),
          x.abs(),
        ],
        ...[x.neg(), x.square(), x.sqrt(), x.rsqrt(), x.reciprocal(), x.clipByValue(-2, 3), x.sin(), x.cos()],
        ...[
          x.pow(2),
          x.pow(tf.scalar(3)),
          x.prelu(tf.scalar(0.1)),
          x.toInt(),
          x.toBool(),
          x.toInt().toFloat(),
        ],
      ].map((y) => y.slice([x.size - 3000]).concat(y.slice([0], [few.length + 3])));
    }, 3e-6));

  test('transposing, slicing, reversing, tiling, padding, joining, gathering', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(size, { minLength: 2, maxLength: 4 }),
        fc.constantFrom<'float32' | 'int32' | 'bool'>('float32', 'int32', 'bool'),
        seed,
        async (shape, dtype, s) => {
          const order = shape.map((_, d) => (d * 7 + s) % 97).map((key, d) => [key, d] as const);
          const perm = order.sort((one, other) => one[0] - other[0]).map(([, d]) => d);
          const begin = shape.map((n, d) => (s + d) % n);
          const paddings = shape.map((n, d): [number, number] => [(s + d) % n, (s + 2 * d) % n]);
          await same(() => {
            const x = random(shape, s).mul(100).cast(dtype);
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
      ),
      { numRuns: 60 },
    ));

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
  ])('transposing %j by %j', (shape, perm) => same(() => random(shape, 1).transpose(perm), 0));

  test('matrix products', () =>
    fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 1, max: 3 }), size, size, size),
        fc.boolean(),
        fc.boolean(),
        seed,
        async ([batch, m, n, k], transposeA, transposeB, s) => {
          const a = transposeA ? [k, m] : [m, k];
          const b = transposeB ? [n, k] : [k, n];
          await same(() => [
            tf.matMul(random([batch, ...a], s), random([1, ...b], s + 1), transposeA, transposeB),
            tf.matMul(random(a, s), random([batch, ...b], s + 1), transposeA, transposeB),
            tf.fused.matMul({
              a: random(a, s),
              b: random(b, s + 1),
              transposeA,
              transposeB,
              bias: random([n], 4),
              activation: 'relu',
            }),
          ]);
        },
      ),
      { numRuns: 40 },
    ));

  test('convolutions and their gradients', () =>
    fc.assert(
      fc.asyncProperty(
        fc.tuple(size, size, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 40 })),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 2 }),
        fc.constantFrom<'same' | 'valid'>('same', 'valid'),
        seed,
        async ([h, w, ic, oc], k, stride, pad, s) => {
          const [x, filter] = [
            [2, h + 2, w + 2, ic],
            [k, k, ic, oc],
          ];
          await same(() => {
            const convolve = (a: tf.Tensor, b: tf.Tensor) =>
              tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
            const [xs, filters] = [random(x, s), random(filter, s + 1)];
            const fused = tf.fused.conv2d({
              x: xs as tf.Tensor4D,
              filter: filters as tf.Tensor4D,
              strides: stride,
              pad,
              bias: random([oc], 2),
              activation: 'relu6',
            });
            return [
              convolve(xs, filters),
              fused,
              ...tf.grads((a, b) => convolve(a, b).square().sum())([xs, filters]),
            ];
          });
        },
      ),
      { numRuns: 30 },
    ));

  test('pooling and its gradients', () =>
    fc.assert(
      fc.asyncProperty(
        fc.tuple(size, size, fc.integer({ min: 1, max: 70 })),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<'same' | 'valid'>('same', 'valid'),
        seed,
        async ([h, w, c], k, stride, pad, s) => {
          await same(() => {
            const x = random([2, h + 2, w + 2, c], s) as tf.Tensor4D;
            const max = (of: tf.Tensor) => tf.maxPool(of as tf.Tensor4D, k, stride, pad);
            const avg = (of: tf.Tensor) => tf.avgPool(of as tf.Tensor4D, k, stride, pad);
            return [
              max(x),
              avg(x),
              tf.grad((of) => max(of).square().sum())(x),
              tf.grad((of) => avg(of).square().sum())(x),
            ];
          });
        },
      ),
      { numRuns: 30 },
    ));

  test('resizing and transforming pictures', () =>
    same(() => {
      const x = random([1, 9, 7, 3], 1) as tf.Tensor4D;
      const matrix = tf.tensor2d([[1.2, 0.1, -3, 0.2, 0.8, 2, 0.01, -0.02]]);
      return [
        tf.image.resizeBilinear(x, [5, 11]),
        tf.image.resizeBilinear(x, [18, 14], true),
        tf.image.resizeBilinear(x, [4, 4], false, true),
        tf.grad((of) =>
          tf.image
            .resizeBilinear(of as tf.Tensor4D, [7, 5])
            .square()
            .sum(),
        )(random([1, 6, 6, 3], 2)),
        tf.image.flipLeftRight(x),
        ...(['constant', 'nearest', 'reflect', 'wrap'] as const).flatMap((mode) =>
          (['bilinear', 'nearest'] as const).map((how) =>
            tf.image.transform(x, matrix, how, mode, 0.5, [8, 8]),
          ),
        ),
      ];
    }, 1e-4));
});
