import * as tf from '@tensorflow/tfjs-core';
import { reluGradFromOutput } from './activation.js';
import { elementwise, flat, sumFirstAxis } from './elementwise.js';
import { kernel, type WebGpuKernel } from './kernel.js';
import { run, size, unroll, type WebGpuBackend, WORKGROUP } from './program.js';

interface Attrs {
  epsilon: number;
  activation?: 'relu' | null;
}

interface TrainInputs {
  x: tf.TensorInfo;
  scale: tf.TensorInfo;
  offset: tf.TensorInfo;
  addend?: tf.TensorInfo;
  /** The moments of `x`, if they are known. */
  mean?: tf.TensorInfo;
  variance?: tf.TensorInfo;
}

interface GradInputs {
  dy: tf.TensorInfo;
  x: tf.TensorInfo;
  scale: tf.TensorInfo;
  mean: tf.TensorInfo;
  variance: tf.TensorInfo;
  /** Present with an activation, which is computed again from it. */
  offset?: tf.TensorInfo;
  /** The output, in place of the offset, if there was also an addend; its gradient is then the last result. */
  y?: tf.TensorInfo;
}

interface RunningInputs {
  mean: tf.TensorInfo;
  variance: tf.TensorInfo;
  count: tf.Tensor;
  batchMean: tf.TensorInfo;
  batchVariance: tf.TensorInfo;
}

/** Batch normalization over the last dimension, for training, with its gradient. */
export const batchNormKernels: readonly WebGpuKernel[] = [
  kernel<TrainInputs, Attrs>('BatchNormTrain', (inputs, attrs, backend) =>
    batchNormTrain(backend, inputs, attrs),
  ),
  kernel<GradInputs, Attrs>('BatchNormTrainGrad', (inputs, attrs, backend) =>
    batchNormTrainGrad(backend, inputs, attrs),
  ),
  kernel<RunningInputs, { momentum: number; unbiased: number }>(
    'RunningMoments',
    ({ mean, variance, count, batchMean, batchVariance }, { momentum, unbiased }, backend) => {
      const towards = (running: tf.TensorInfo, batch: tf.TensorInfo, weight: number) =>
        elementwise(
          backend,
          'runningMoment',
          { running, batch },
          'running * uniforms.keep + batch * uniforms.weight',
          { keep: 1 - momentum, weight },
        );
      return [
        towards(mean, batchMean, momentum),
        towards(variance, batchVariance, momentum * unbiased),
        tf.tidy(() => tf.add(count, tf.scalar(1, 'int32'))),
      ];
    },
  ),
];

/** An element minus its channel's mean, in standard deviations. */
const NORMALIZED = '(x - mean) * inverseSqrt(variance + uniforms.epsilon)';

/** Batch normalization by the batch's statistics, with an addend and an activation: the output, and moments not given. */
function batchNormTrain(
  backend: WebGpuBackend,
  { x, scale, offset, addend, mean, variance }: TrainInputs,
  { epsilon, activation }: Attrs,
): tf.TensorInfo[] {
  const moments = mean && variance ? undefined : momentsOf(backend, x);
  const statistics = { mean: mean ?? moments!.mean, variance: variance ?? moments!.variance };
  const value = `${NORMALIZED} * scale + offset${addend ? ' + addend' : ''}`;
  const y = perElement(
    backend,
    `batchNormTrain ${activation}`,
    { x, ...(addend && { addend }) },
    { ...statistics, scale, offset },
    { epsilon },
    activation ? `max(${value}, T(0.0))` : value,
  );
  return moments ? [y, moments.mean, moments.variance] : [y];
}

/** The gradients of {@link batchNormTrain}. */
function batchNormTrainGrad(
  backend: WebGpuBackend,
  { dy, x, scale, mean, variance, offset, y }: GradInputs,
  { epsilon, activation }: Attrs,
): tf.TensorInfo[] {
  const channels = size(scale.shape);
  const values = size(x.shape) / channels;
  const isMasked = Boolean(activation);
  const passed = !isMasked
    ? 'dy'
    : `select(T(0.0), dy, ${y ? 'y' : `${NORMALIZED} * scale + offset`} > T(0.0))`;
  const elements = { dy, x, ...(isMasked && y && { y }) };
  const perChannel = { mean, variance, scale, ...(isMasked && !y && { offset: offset! }) };
  const kind = `${isMasked} ${y !== undefined}`;
  const sums = channelSums(backend, `batchNormTrainGrad ${kind}`, elements, perChannel, { epsilon }, [
    passed,
    `(${passed}) * ${NORMALIZED}`,
  ]);
  const [dOffset, dScale] = [0, 1].map((row) => rowOf(backend, sums, row, scale.shape)) as [
    tf.TensorInfo,
    tf.TensorInfo,
  ];
  const dx = perElement(
    backend,
    `batchNormTrainInputGrad ${kind}`,
    elements,
    { ...perChannel, sums },
    { epsilon, share: 1 / values },
    `((${passed}) - (sums + ${NORMALIZED} * sums1) * uniforms.share) * (scale * inverseSqrt(variance + uniforms.epsilon))`,
  );
  backend.disposeData(sums.dataId);
  if (!y) return [dx, dScale, dOffset];
  return [dx, dScale, dOffset, reluGradFromOutput(backend, dy, y)];
}

/**
 * The mean and the biased variance of each channel, from sums of the distances to the channel's first value: sums of
 * squares would cancel where the mean is large compared with the deviation.
 */
function momentsOf(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
): { mean: tf.TensorInfo; variance: tf.TensorInfo } {
  const channels = x.shape[x.shape.length - 1]!;
  const share = channels / size(x.shape);
  const first = 'x - firstOf(i)';
  const sums = channelSums(backend, 'moments', { x }, {}, {}, [first, `(${first}) * (${first})`]);
  const moment = (name: string, inputs: Record<string, tf.TensorInfo>, expression: string) =>
    run(backend, {
      name,
      inputs,
      shape: [channels],
      integers: { channels },
      floats: { share },
      workgroups: flat(channels),
      code: `
fn main(index: i32) {
  if (index >= uniforms.channels) { return; }
  let shift = sums[index] * uniforms.share;
  result[index] = ${expression};
}`,
    });
  const mean = moment('momentsMean', { x, sums }, 'x[index] + shift');
  const variance = moment(
    'momentsVariance',
    { sums },
    'max(sums[uniforms.channels + index] * uniforms.share - shift * shift, 0.0)',
  );
  backend.disposeData(sums.dataId);
  return { mean, variance };
}

/** One row of a matrix. */
function rowOf(backend: WebGpuBackend, x: tf.TensorInfo, row: number, shape: number[]): tf.TensorInfo {
  const length = size(shape);
  return run(backend, {
    name: 'row',
    inputs: { x },
    shape,
    integers: { length, first: row * length },
    workgroups: flat(length),
    code: `
fn main(index: i32) {
  if (index < uniforms.length) { result[index] = x[uniforms.first + index]; }
}`,
  });
}

/** Declares the operands of an expression at element `at` and channel `i`. */
function operands(elements: object, perChannel: object): string {
  return [
    ...Object.keys(elements).map((name) => `let ${name} = ${name}Values[at];`),
    ...Object.keys(perChannel).map((name) => `let ${name} = ${name}Values[i];`),
    ...('sums' in perChannel ? ['let sums1 = sumsValues[uniforms.channels + i];'] : []),
  ].join('\n');
}

function asValues(inputs: Record<string, tf.TensorInfo>): Record<string, tf.TensorInfo> {
  return Object.fromEntries(Object.entries(inputs).map(([name, input]) => [`${name}Values`, input]));
}

/** Computes an expression of elements and of values per channel for each element. */
function perElement(
  backend: WebGpuBackend,
  name: string,
  elements: Record<string, tf.TensorInfo>,
  perChannel: Record<string, tf.TensorInfo>,
  floats: Record<string, number>,
  expression: string,
): tf.TensorInfo {
  const { shape } = elements.x!;
  const channels = shape[shape.length - 1]!;
  const width = channels % 4 === 0 ? 4 : 1;
  const inputs = asValues({ ...elements, ...perChannel });
  const count = size(shape) / width;
  return run(backend, {
    name,
    inputs,
    vectors: width === 4 ? [...Object.keys(inputs), 'result'] : [],
    shape,
    integers: { count, channels: channels / width },
    floats,
    workgroups: flat(count),
    code: `
alias T = ${width === 4 ? 'vec4<f32>' : 'f32'};
fn main(at: i32) {
  if (at >= uniforms.count) { return; }
  let i = at % uniforms.channels;
  ${operands(elements, perChannel)}
  result[at] = ${expression};
}`,
  });
}

/** Sums expressions over all axes but the last: `[expressions, channels]`. `firstOf(i)` is a channel's first `x`. */
function channelSums(
  backend: WebGpuBackend,
  name: string,
  elements: Record<string, tf.TensorInfo>,
  perChannel: Record<string, tf.TensorInfo>,
  floats: Record<string, number>,
  expressions: readonly string[],
): tf.TensorInfo {
  const { shape } = elements.x!;
  const channels = shape[shape.length - 1]!;
  const width = channels % 4 === 0 ? 4 : 1;
  const columns = channels / width;
  const rows = size(shape) / channels;
  // A workgroup covers some columns, with its invocations along the rows; enough workgroups share the rows.
  const across = Math.min(32, 2 ** Math.ceil(Math.log2(columns)));
  const along = WORKGROUP / across;
  const columnGroups = Math.ceil(columns / across);
  const perPart = along * Math.max(8, Math.ceil((rows * columnGroups) / along / 1024));
  const parts = Math.ceil(rows / perPart);
  const inputs = asValues({ ...elements, ...perChannel });
  const type = width === 4 ? 'vec4<f32>' : 'f32';
  const count = expressions.length;
  const partial = run(backend, {
    name: `${name} sums ${across}`,
    inputs,
    vectors: width === 4 ? [...Object.keys(inputs), 'result'] : [],
    shape: [parts, count, channels],
    integers: { channels: columns, rows, perPart },
    floats,
    workgroups: [columnGroups, parts, 1],
    code: `
alias T = ${type};
${unroll(count, (k) => `var<workgroup> shared${k}: array<T, ${WORKGROUP}>;`)}
fn firstOf(i: i32) -> T { return xValues[i]; }
fn main(index: i32) {
  let t = i32(localIndex);
  let i = i32(workgroupId.x) * ${across} + t % ${across};
  let part = i32(workgroupId.y);
  let last = min((part + 1) * uniforms.perPart, uniforms.rows);
  ${unroll(count, (k) => `var sum${k} = T(0.0);`)}
  if (i < uniforms.channels) {
    for (var row = part * uniforms.perPart + t / ${across}; row < last; row += ${along}) {
      let at = row * uniforms.channels + i;
      ${operands(elements, perChannel)}
      ${unroll(count, (k) => `sum${k} += ${expressions[k]};`)}
    }
  }
  ${unroll(count, (k) => `shared${k}[t] = sum${k};`)}
  workgroupBarrier();
  for (var half = ${WORKGROUP / 2}; half >= ${across}; half /= 2) {
    if (t < half) {
      ${unroll(count, (k) => `shared${k}[t] += shared${k}[t + half];`)}
    }
    workgroupBarrier();
  }
  if (t < ${across} && i < uniforms.channels) {
    ${unroll(count, (k) => `result[(part * ${count} + ${k}) * uniforms.channels + i] = shared${k}[t];`)}
  }
}`,
  });
  if (parts === 1) return { ...partial, shape: [count, channels] };
  const sums = sumFirstAxis(backend, partial, parts, [count, channels]);
  backend.disposeData(partial.dataId);
  return sums;
}
