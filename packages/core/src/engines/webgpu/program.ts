import type * as tf from '@tensorflow/tfjs-core';

/** The part of tfjs's WebGPU backend used here. */
export interface WebGpuBackend {
  runWebGPUProgram(
    program: object,
    inputs: tf.TensorInfo[],
    dtype: 'float32',
    uniforms: { type: 'int32' | 'float32'; data: number[] }[],
  ): tf.TensorInfo;
  disposeData(dataId: object): boolean;
}

/** A compute shader, and what it is run on. */
export interface Program {
  /** Names the shader; programs of the same name must have the same code. */
  name: string;
  /** Its inputs by the names that the code uses: arrays of `f32` or `i32`, or of `vec4`s of these if listed in `vectors`. */
  inputs: Record<string, tf.TensorInfo>;
  /** The arrays accessed as `vec4`s; the code calls the output `result`. */
  vectors?: readonly string[];
  shape: readonly number[];
  /** Integers, which the code reads as `uniforms.name`. */
  integers?: Record<string, number>;
  /** Floating-point numbers, likewise. */
  floats?: Record<string, number>;
  /** WGSL with a function `main(index: i32)`, called with the invocation's index, and what it needs. */
  code: string;
  /** Number of workgroups of 256 invocations, at most {@link MOST_WORKGROUPS} along an axis. */
  workgroups: readonly [number, number, number];
}

/** Number of invocations in a workgroup. */
export const WORKGROUP = 256;

/** The largest number of workgroups along an axis that every device supports. */
export const MOST_WORKGROUPS = 65535;

/** Runs a program and returns its output. */
export function run(backend: WebGpuBackend, program: Program): tf.TensorInfo {
  const { inputs, vectors = [], shape, integers = {}, floats = {} } = program;
  const names = Object.keys(inputs);
  const components = (name: string) => (vectors.includes(name) ? 4 : 1);
  const fields = [
    ...Object.keys(integers).map((name) => `${name}: i32,`),
    ...Object.keys(floats).map((name) => `${name}: f32,`),
  ];
  const output = backend.runWebGPUProgram(
    {
      shaderKey: `fastts:${program.name}:${names}:${vectors}`,
      variableNames: names,
      variableComponents: names.map(components),
      outputComponent: components('result'),
      outputShape: [size(shape)],
      uniforms: fields.join(' '),
      dispatchLayout: { x: [0] },
      dispatch: [...program.workgroups],
      workgroupSize: [WORKGROUP, 1, 1],
      getUserCode: () => program.code,
    },
    // The code indexes flat arrays, so that one shader serves all shapes.
    Object.values(inputs).map((input) => ({ ...input, shape: [size(input.shape)] })),
    'float32',
    [
      ...Object.values(integers).map((value) => ({ type: 'int32' as const, data: [value] })),
      ...Object.values(floats).map((value) => ({ type: 'float32' as const, data: [value] })),
    ],
  );
  return { ...output, shape: [...shape] };
}

/** Number of elements of a shape. */
export function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Lines of code, one for each of 0 to `count − 1`. */
export function unroll(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n');
}
