import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { NativeBackend, Output } from '../backend.js';

/** The element types that are copied. */
export type CopiedType = 'float32' | 'int32' | 'bool';

/** Maximum number of dimensions in C++. TensorFlow.js has operations for up to six. */
export const MAX_RANK = 8;

/** `x` reversed along the given dimensions. */
export function reverse(backend: NativeBackend, x: TensorInfo, dims: readonly number[]) {
  const strides = stridesOf(x.shape);
  // A dimension that is listed twice is reversed twice.
  const isTurned = strides.map((_, d) => dims.filter((each) => each === d).length % 2 === 1);
  const turned = strides.map((stride, d) => (isTurned[d] ? -stride : stride));
  const startFrom = sum(strides.map((stride, d) => (isTurned[d] ? (x.shape[d]! - 1) * stride : 0)));
  return copied(backend, x, x.shape, (y) => [
    { sizes: x.shape, from: turned, to: strides, startFrom, startTo: 0, y },
  ]);
}

/** A block of `sizes` elements with its strides and offsets in x and in y. */
export interface Block {
  readonly sizes: readonly number[];
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly startFrom: number;
  readonly startTo: number;
  readonly y: Output<CopiedType>;
}

/**
 * A tensor of `shape`, filled from x by the blocks that `blocksOf` returns; undefined for types and numbers of dimensions
 * that C++ does not support.
 */
export function copied(
  backend: NativeBackend,
  x: TensorInfo,
  shape: number[],
  blocksOf: (y: Output<CopiedType>) => readonly Block[],
): TensorInfo | undefined {
  const values = backend.numbers(x);
  if (!values || x.shape.length > MAX_RANK) return undefined;
  const y = backend.output(shape, x.dtype as CopiedType);
  for (const block of blocksOf(y)) run(backend, values, block);
  return y.info;
}

export function run(
  backend: NativeBackend,
  values: Float32Array | Int32Array | Uint8Array,
  block: Block,
): void {
  if (!block.sizes.every((size) => size > 0)) return;
  backend.addon.kernels.copy!(values, block.y.values, layoutOf(block));
}

/** The layout in C++'s format, with adjacent dimensions merged where their strides allow it. */
function layoutOf({ sizes, from, to, startFrom, startTo }: Block): Float64Array {
  const merged: [size: number, from: number, to: number][] = [];
  for (let d = sizes.length - 1; d >= 0; d--) {
    if (sizes[d] === 1) continue;
    const next = merged[0];
    if (next && from[d] === next[1] * next[0] && to[d] === next[2] * next[0]) next[0] *= sizes[d]!;
    else merged.unshift([sizes[d]!, from[d]!, to[d]!]);
  }
  if (!merged.length) merged.push([1, 1, 1]);
  const column = (k: 0 | 1 | 2) => merged.map((dimension) => dimension[k]);
  return Float64Array.of(merged.length, ...column(0), ...column(1), ...column(2), startFrom, startTo);
}

/** The block that fills y with every `steps`-th element of x from `begin` on. */
export function part(
  shape: number[],
  begin: number[],
  sizes: number[],
  steps: number[],
  y: Output<CopiedType>,
): Block {
  const strides = stridesOf(shape);
  return {
    sizes,
    from: strides.map((stride, d) => stride * (steps[d] ?? 1)),
    to: stridesOf(sizes),
    startFrom: sum(strides.map((stride, d) => stride * begin[d]!)),
    startTo: 0,
    y,
  };
}

/** One block per combination of before, inside and after, over all dimensions. */
export function mirrored(
  shape: number[],
  paddings: [number, number][],
  edge: number,
  y: Output<CopiedType>,
): Block[] {
  const from = stridesOf(shape);
  const to = stridesOf(paddings.map(([before, after], d) => before + shape[d]! + after));
  let blocks: Block[] = [{ sizes: [], from: [], to: [], startFrom: 0, startTo: 0, y }];
  for (const [d, size] of shape.entries()) {
    const [before, after] = paddings[d]!;
    // [length, first index in x, direction, first index in y]
    const pieces: [number, number, number, number][] = [
      [before, before - 1 + edge, -1, 0],
      [size, 0, 1, before],
      [after, size - 1 - edge, -1, before + size],
    ];
    blocks = blocks.flatMap((block) =>
      pieces.map(([length, first, direction, place]) => ({
        ...block,
        sizes: [...block.sizes, length],
        from: [...block.from, from[d]! * direction],
        to: [...block.to, to[d]!],
        startFrom: block.startFrom + first * from[d]!,
        startTo: block.startTo + place * to[d]!,
      })),
    );
  }
  return blocks;
}

/** Whether all numbers are integers of at least 0. */
export function areSizes(numbers: readonly number[]): boolean {
  return numbers.every((size) => Number.isInteger(size) && size >= 0);
}

/** Throws an error unless all paddings are integers of at least 0. */
export function assertPaddings(paddings: readonly (readonly number[])[]): void {
  util.assert(
    areSizes(paddings.flat()),
    () => `Paddings must be integers of at least 0, got ${JSON.stringify(paddings)}: use tf.slice to crop.`,
  );
}

/** The strides of all dimensions, including the last. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d]!;
  }
  return strides;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
