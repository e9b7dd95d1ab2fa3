import { nameLists, numbers } from '../../src/names.js';
import { type ArrayType, type GuardedArray, given, input, output } from './arrays.js';
import type { Draw } from './draw.js';
import { conv2d, imageFromBytes, pool } from './shapedCalls.js';

/** The arguments of a valid call by name; null for an omitted array. */
export type Call = Record<string, GuardedArray | number | boolean | null>;
export type Describe = (draw: Draw) => Call;

/** The number of elements of an element-wise call: few, or enough for several threads. */
const length = (draw: Draw) => (draw.chance(0.1) ? draw.integer(16_000, 40_000) : draw.integer(0, 70));

const f32s = (draw: Draw, names: string, n: number, make = input): Call =>
  Object.fromEntries(names.split(', ').map((name) => [name, make(draw, 'f32', n)]));

const unary =
  (from: readonly ArrayType[], to: ArrayType, ...attributes: string[]): Describe =>
  (draw) => {
    const n = length(draw);
    const numbersOf = attributes.map((name) => [name, draw.integer(-3, 3)]);
    const type = draw.one(from);
    return { x: input(draw, type, n), y: output(draw, to, n), ...Object.fromEntries(numbersOf) };
  };

/** Element-wise kernels of two arrays: of the same length, with one number, or broadcast. */
const binary =
  (types: readonly ArrayType[], to?: ArrayType): Describe =>
  (draw) => {
    const type = draw.one(types);
    const yType = to ?? type;
    if (draw.chance(0.5)) {
      const n = length(draw);
      const [a, b] = draw.one([
        [n, n],
        [1, n],
        [n, 1],
      ] as const);
      return {
        a: input(draw, type, a),
        b: input(draw, type, b),
        y: output(draw, yType, n === 0 || a === n || b === n ? n : 1),
        layout: null,
      };
    }
    const rank = draw.integer(1, 4);
    const sizes = draw.list(rank, () => draw.integer(1, draw.chance(0.1) ? 50 : 6));
    const repeats = draw.list(rank, (d) => draw.one(d === rank - 1 ? ['a', 'b', ''] : ['a', 'b', '', '']));
    const side = (name: string) => {
      const strides = new Array<number>(rank);
      let n = 1;
      for (let d = rank - 1; d >= 0; d--) {
        strides[d] = repeats[d] === name ? 0 : n;
        n *= repeats[d] === name ? 1 : sizes[d]!;
      }
      return { strides, n };
    };
    const [a, b] = [side('a'), side('b')];
    return {
      a: input(draw, type, a.n),
      b: input(draw, type, b.n),
      y: output(
        draw,
        yType,
        sizes.reduce((product, size) => product * size, 1),
      ),
      layout: given(draw, 'f64', [rank, ...sizes, ...a.strides, ...b.strides]),
    };
  };

const reduction =
  (types: readonly ArrayType[], to: (type: ArrayType) => ArrayType, isOfOneAxis = false): Describe =>
  (draw) => {
    const type = draw.one(types);
    const [a, c] = [draw.size(), draw.chance(0.1) ? draw.integer(30, 300) : draw.size()];
    const b = isOfOneAxis ? draw.integer(1, 9) : draw.chance(0.1) ? draw.integer(100, 900) : draw.size();
    const d = isOfOneAxis ? 1 : draw.size();
    return { x: input(draw, type, a * b * c * d), y: output(draw, to(type), a * c), a, b, c, d };
  };

const rows: Describe = (draw) => {
  const [n, width] = [draw.size(70), draw.integer(1, 70)];
  return { x: input(draw, 'f32', n * width), y: output(draw, 'f32', n * width), width };
};

const batchNorm = (draw: Draw) => {
  const channels = draw.integer(1, draw.chance(0.2) ? 300 : 9);
  const n = channels * draw.size(draw.chance(0.1) ? 900 : 40);
  return { n, channels };
};

const copied = ['f32', 'i32', 'u8'] as const;
const unaryFloats = unary(['f32'], 'f32');
const floats = binary(['f32']);
const floatsOrInts = binary(['f32', 'i32']);
const comparison = binary(['f32', 'i32', 'u8'], 'u8');
const same = (type: ArrayType) => type;
const extreme = reduction(['f32', 'i32'], same);

const each = (names: string, describe: Describe): Record<string, Describe> =>
  Object.fromEntries(names.split(' ').map((name) => [name, describe]));

/** For every kernel of the addon, how to draw valid arguments. */
export const kernelCalls: Readonly<Record<string, Describe>> = {
  ...each(
    'abs ceil cos elu erf exp expm1 floor gelu log log1p mish neg reciprocal relu relu6 round rsqrt selu sigmoid sign ' +
      'silu sin softplus sqrt square tanh',
    unaryFloats,
  ),
  ...each('leakyRelu step', unary(['f32'], 'f32', 'slope')),
  clip: unary(['f32'], 'f32', 'least', 'most'),
  logicalNot: unary(['u8'], 'u8'),
  toFloat: unary(['i32', 'u8'], 'f32'),
  toInt: unary(['f32'], 'i32'),
  toBool: unary(['f32', 'i32'], 'u8'),
  fill: (draw) => ({ y: output(draw, 'f32', length(draw)), value: draw.integer(-9, 9) }),

  ...each('add sub multiply squaredDifference maximum minimum', floatsOrInts),
  ...each('realDiv pow prelu eluGrad reluGrad geluGrad mishGrad siluGrad addRelu', floats),
  floorDiv: binary(['i32']),
  ...each('equal notEqual less lessEqual greater greaterEqual', comparison),
  ...each('logicalAnd logicalOr', binary(['u8'])),
  select: (draw) => {
    const [n, width] = [draw.size(70), draw.one([1, 1, 3, 40])];
    const condition = input(draw, 'u8', n);
    return { condition, ...f32s(draw, 't, e', n * width), y: output(draw, 'f32', n * width), width };
  },
  accumulate: (draw) => f32s(draw, 'y, x', length(draw)),
  biasActivation: (draw) => {
    const [n, columns] = [draw.size(70), draw.integer(1, 70)];
    const bias = draw.chance(0.5) ? input(draw, 'f32', columns) : null;
    return { y: input(draw, 'f32', n * columns), bias, columns, activation: draw.integer(0, 2) };
  },

  ...each('max min', extreme),
  sum: reduction(copied, (type) => (type === 'f32' ? 'f32' : 'i32')),
  mean: reduction(copied, () => 'f32'),
  prod: reduction(['f32'], same),
  ...each('all any', reduction(['u8'], same)),
  ...each(
    'argMax argMin',
    reduction(['f32', 'i32'], () => 'i32', true),
  ),
  ...each('softmax logSoftmax', rows),

  copy: (draw) => {
    const type = draw.one(copied);
    const rank = draw.integer(1, draw.chance(0.1) ? 8 : 4);
    const sizes = draw.list(rank, () => draw.integer(1, rank > 4 ? 2 : draw.chance(0.1) ? 40 : 6));
    const place = () => {
      // Dimensions in any order, with gaps and some of them reversed.
      const strides = new Array<number>(rank);
      let [stride, start] = [1, 0];
      for (const d of draw.chance(0.5) ? sizes.map((_, i) => rank - 1 - i) : draw.order(rank)) {
        const isReversed = draw.chance(0.2);
        strides[d] = isReversed ? -stride : stride;
        if (isReversed) start += (sizes[d]! - 1) * stride;
        stride *= sizes[d]! + (draw.chance(0.1) ? 1 : 0);
      }
      return { strides, start, n: stride };
    };
    const [from, to] = [place(), place()];
    const n = sizes.reduce((product, size) => product * size, 1);
    const y = to.n === n ? output(draw, type, n) : input(draw, type, to.n);
    const layout = [rank, ...sizes, ...from.strides, ...to.strides, from.start, to.start];
    return { x: input(draw, type, from.n), y, layout: given(draw, 'f64', layout) };
  },
  gather: (draw) => {
    const type = draw.one(copied);
    const [batch, outer, width] = [draw.size(3), draw.size(4), draw.size(20)];
    const size = draw.integer(1, 9);
    const count = draw.chance(0.05) ? 3000 : draw.size();
    const indices = draw.list(batch * count, () => draw.integer(0, size - 1));
    return {
      x: input(draw, type, batch * outer * size * width),
      indices: given(draw, 'i32', indices),
      y: output(draw, type, batch * outer * count * width),
      shape: given(draw, 'f64', numbers('GatherShape', { batch, outer, size, count, width })),
    };
  },
  matMul: (draw) => {
    const [batch, m, n, k] = [draw.size(4), draw.size(40), draw.size(40), draw.size(40)];
    const [strideA, strideB] = [draw.chance(0.3) ? 0 : m * k, draw.chance(0.3) ? 0 : k * n];
    const matrices = (stride: number) => (stride === 0 ? 1 : Math.max(batch, 1));
    const [transposeA, transposeB] = [draw.chance(0.5), draw.chance(0.5)];
    const shape = { batch, m, n, k, transposeA, transposeB, strideA, strideB };
    return {
      a: input(draw, 'f32', matrices(strideA) * m * k),
      b: input(draw, 'f32', matrices(strideB) * k * n),
      c: output(draw, 'f32', batch * m * n),
      shape: given(draw, 'f64', numbers('MatMulShape', shape)),
    };
  },

  conv2d: (draw) => {
    const { inputs, outputs, filters, shape, oc, groups } = conv2d(draw);
    const maybe = (n: number) => (groups === 1 && draw.chance(0.3) ? input(draw, 'f32', n) : null);
    const hasMoments = groups === 1 && draw.chance(0.3);
    return {
      shape: given(draw, 'f64', shape),
      x: input(draw, 'f32', inputs),
      filter: input(draw, 'f32', filters),
      scale: maybe(oc),
      bias: draw.chance(0.5) ? input(draw, 'f32', oc) : null,
      addend: maybe(outputs),
      activation: draw.integer(0, 2),
      y: output(draw, 'f32', outputs),
      mean: hasMoments ? output(draw, 'f32', oc) : null,
      variance: hasMoments ? output(draw, 'f32', oc) : null,
    };
  },
  conv2dInputGrad: (draw) => {
    const { inputs, outputs, filters, shape, groups } = conv2d(draw);
    return {
      shape: given(draw, 'f64', shape),
      dy: input(draw, 'f32', outputs),
      filter: input(draw, 'f32', filters),
      addend: groups === 1 && draw.chance(0.3) ? input(draw, 'f32', inputs) : null,
      dx: output(draw, 'f32', inputs),
    };
  },
  conv2dFilterGrad: (draw) => {
    const { inputs, outputs, filters, shape } = conv2d(draw);
    return {
      shape: given(draw, 'f64', shape),
      x: input(draw, 'f32', inputs),
      dy: input(draw, 'f32', outputs),
      dFilter: output(draw, 'f32', filters),
    };
  },

  ...each('maxPool avgPool', (draw) => {
    const { inputs, outputs, shape } = pool(draw);
    const [x, y] = [input(draw, 'f32', inputs), output(draw, 'f32', outputs)];
    return { x, y, shape: given(draw, 'f64', shape) };
  }),
  maxPoolGrad: (draw) => {
    const { inputs, outputs, shape } = pool(draw);
    const [dy, x] = [input(draw, 'f32', outputs), input(draw, 'f32', inputs)];
    return { dy, x, dx: output(draw, 'f32', inputs), shape: given(draw, 'f64', shape) };
  },
  avgPoolGrad: (draw) => {
    const { inputs, outputs, shape } = pool(draw);
    const [dy, dx] = [input(draw, 'f32', outputs), output(draw, 'f32', inputs)];
    return { dy, dx, shape: given(draw, 'f64', shape) };
  },

  batchNorm: (draw) => {
    const { n, channels } = batchNorm(draw);
    return {
      x: input(draw, 'f32', n),
      ...f32s(draw, 'mean, variance', channels),
      scale: draw.chance(0.5) ? input(draw, 'f32', channels) : null,
      offset: draw.chance(0.5) ? input(draw, 'f32', channels) : null,
      y: output(draw, 'f32', n),
      epsilon: 1e-5,
    };
  },
  batchNormTrain: (draw) => {
    const { n, channels } = batchNorm(draw);
    const known = draw.chance(0.3);
    return {
      x: input(draw, 'f32', n),
      ...f32s(draw, 'scale, offset', channels),
      addend: draw.chance(0.5) ? input(draw, 'f32', n) : null,
      y: output(draw, 'f32', n),
      ...f32s(draw, 'mean, variance', channels, known ? input : output),
      epsilon: 1e-5,
      relu: draw.chance(0.5),
      known,
    };
  },
  batchNormTrainGrad: (draw) => {
    const { n, channels } = batchNorm(draw);
    const hasAddend = draw.chance(0.3);
    return {
      ...f32s(draw, 'dy, x', n),
      ...f32s(draw, 'scale, mean, variance', channels),
      offset: !hasAddend && draw.chance(0.5) ? input(draw, 'f32', channels) : null,
      y: hasAddend ? input(draw, 'f32', n) : null,
      dx: output(draw, 'f32', n),
      ...f32s(draw, 'dScale, dOffset', channels, output),
      dAddend: hasAddend ? output(draw, 'f32', n) : null,
      epsilon: 1e-5,
    };
  },
  runningMoments: (draw) => {
    const n = draw.size(40);
    const old = f32s(draw, 'mean, variance, batchMean, batchVariance', n);
    return { ...old, ...f32s(draw, 'newMean, newVariance', n, output), momentum: 0.1, unbiased: 1.01 };
  },

  adamStep: (draw) => {
    const n = length(draw);
    const old = f32s(draw, 'param, grad, avg, sqrAvg', n);
    const made = draw.chance(0.5)
      ? { newParam: old.param!, newAvg: old.avg!, newSqrAvg: old.sqrAvg! }
      : f32s(draw, 'newParam, newAvg, newSqrAvg', n, output);
    const step = { lr: 0.1, mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.01, decoupled: true, step: 1 };
    return { ...old, ...made, step: given(draw, 'f64', numbers('AdamStep', step)) };
  },
  sgdStep: (draw) => {
    const n = length(draw);
    const old = f32s(draw, 'param, grad', n);
    const avg = draw.chance(0.5) ? input(draw, 'f32', n) : null;
    const made = draw.chance(0.5)
      ? { newParam: old.param!, newAvg: avg }
      : { newParam: output(draw, 'f32', n), newAvg: avg && output(draw, 'f32', n) };
    const step = numbers('SgdStep', { lr: 0.1, mom: 0.9, wd: 0.01, decoupled: false });
    return { ...old, avg, ...made, step: given(draw, 'f64', step) };
  },

  ...each('areaResize', (draw) => {
    const { inputs, outputs, shape } = images(draw);
    const [image, y] = [input(draw, 'f32', inputs), output(draw, 'f32', outputs)];
    return { image, y, shape: given(draw, 'f64', shape) };
  }),
  resizeBilinear: (draw) => {
    const { inputs, outputs, shape, scales } = images(draw);
    const [image, y] = [input(draw, 'f32', inputs), output(draw, 'f32', outputs)];
    return { image, y, shape: given(draw, 'f64', shape), ...scales, halfPixelCenters: draw.chance(0.5) };
  },
  resizeBilinearGrad: (draw) => {
    const { inputs, outputs, shape, scales } = images(draw);
    const [dy, dx] = [input(draw, 'f32', outputs), output(draw, 'f32', inputs)];
    return { dy, dx, shape: given(draw, 'f64', shape), ...scales, halfPixelCenters: draw.chance(0.5) };
  },
  projectiveSample: (draw) => {
    const { n, inputs, outputs, shape } = images(draw);
    const isOneForAll = draw.chance(0.5);
    return {
      image: input(draw, 'f32', inputs),
      matrices: input(draw, 'f32', isOneForAll ? 8 : n * 8),
      y: output(draw, 'f32', outputs),
      shape: given(draw, 'f64', shape),
      outside: draw.integer(0, nameLists.Outside.length - 1),
      sampling: draw.integer(0, nameLists.Sampling.length - 1),
      fill: 0.5,
      isOneForAll,
    };
  },
  imageFromBytes,
};

function images(draw: Draw) {
  const [n, h, w, c] = [draw.size(3), draw.integer(1, 9), draw.integer(1, 9), draw.size(5)];
  const [oh, ow] = [draw.size(), draw.size()];
  const shape = numbers('ImageShape', { n, h, w, c, oh, ow });
  const scales = { scaleH: oh ? h / oh : 0, scaleW: ow ? w / ow : 0 };
  return { n, inputs: n * h * w * c, outputs: n * oh * ow * c, shape, scales };
}
