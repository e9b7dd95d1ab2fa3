import type * as tf from '@tensorflow/tfjs-core';
import {
  MOST_WORKGROUPS,
  type Program,
  run,
  size,
  unroll,
  type WebGpuBackend,
  WORKGROUP,
} from './program.js';

/**
 * A program that computes each element of the output from the elements at the same place of the inputs.
 *
 * @param expression WGSL; each input's element goes by the input's name, of the type `T`: `f32` or `vec4<f32>`.
 */
export function elementwise(
  backend: WebGpuBackend,
  name: string,
  inputs: Record<string, tf.TensorInfo>,
  expression: string,
  floats: Record<string, number> = {},
): tf.TensorInfo {
  const { shape } = Object.values(inputs)[0]!;
  const isVector = size(shape) % 4 === 0;
  const count = isVector ? size(shape) / 4 : size(shape);
  const names = Object.keys(inputs);
  return run(backend, {
    name,
    inputs: Object.fromEntries(names.map((name) => [`${name}Values`, inputs[name]!])),
    vectors: isVector ? [...names.map((name) => `${name}Values`), 'result'] : [],
    shape,
    integers: { count },
    floats,
    workgroups: flat(count),
    code: `
alias T = ${isVector ? 'vec4<f32>' : 'f32'};
fn main(index: i32) {
  if (index >= uniforms.count) { return; }
  ${names.map((name) => `let ${name} = ${name}Values[index];`).join('\n')}
  result[index] = ${expression};
}`,
  });
}

/** Workgroups for one invocation per element, of which there may be more than fit into one row. */
export function flat(count: number): Program['workgroups'] {
  const groups = Math.ceil(count / WORKGROUP);
  const rows = Math.ceil(groups / MOST_WORKGROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}

/** Sums over the first axis, which has `count` entries. */
export function sumFirstAxis(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  count: number,
  shape: readonly number[],
): tf.TensorInfo {
  const isVector = size(shape) % 4 === 0;
  const length = isVector ? size(shape) / 4 : size(shape);
  return run(backend, {
    name: 'sumFirstAxis',
    inputs: { x },
    vectors: isVector ? ['x', 'result'] : [],
    shape,
    integers: { count, length },
    workgroups: flat(length),
    code: `
alias T = ${isVector ? 'vec4<f32>' : 'f32'};
fn main(index: i32) {
  if (index >= uniforms.length) { return; }
  var at = index;
  var i = 0;
  // Four sums, so that the reads do not wait for each other.
  ${unroll(4, (k) => `var sum${k} = T(0.0);`)}
  for (; i + 4 <= uniforms.count; i += 4) {
    ${unroll(4, (k) => `sum${k} += x[at + ${k} * uniforms.length];`)}
    at += 4 * uniforms.length;
  }
  for (; i < uniforms.count; i++) {
    sum0 += x[at];
    at += uniforms.length;
  }
  result[index] = (sum0 + sum1) + (sum2 + sum3);
}`,
  });
}
