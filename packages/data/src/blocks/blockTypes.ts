import type * as tf from '@tensorflow/tfjs-core';
import type { Label, Widened } from '../targets/categoryMap.js';
import type { TransformBlock } from './transformBlock.js';

/** A batch of a data loader: the input and the target; several of either are a tuple. */
export type Batch<X = tf.Tensor4D, Y = tf.Tensor1D> = [x: X, y: Y];

/** The tensor types of the blocks `B`, in order. */
export type TensorsOf<B extends readonly TransformBlock[]> = {
  -readonly [K in keyof B]: B[K] extends TransformBlock<infer T> ? T : never;
};

/** The decoded values of the blocks `B`, in order. */
export type ValuesOf<B extends readonly TransformBlock[]> = {
  -readonly [K in keyof B]: B[K] extends TransformBlock<tf.Tensor, infer V> ? V : never;
};

/** The default number of inputs among the blocks `B`: all but the last, at least one. */
export type DefaultInputs<B extends readonly unknown[]> = B extends readonly [unknown]
  ? 1
  : B extends readonly [unknown, ...infer Rest]
    ? Rest['length']
    : number;

/** The type of a batch's `x`: one tensor for one input, a tuple for several. */
export type InputOf<B extends readonly TransformBlock[], N extends number> = number extends B['length'] | N
  ? tf.Tensor
  : Unwrap<Take<TensorsOf<B>, N>>;

/** The type of a batch's `y`: one tensor for one target, a tuple for several, `undefined` for none. */
export type TargetOf<B extends readonly TransformBlock[], N extends number> = number extends B['length'] | N
  ? tf.Tensor
  : Unwrap<Drop<TensorsOf<B>, N>>;

/** What a target is once it is decoded, such as a label's name: one value, a tuple of several, `undefined` for none. */
export type TargetValueOf<B extends readonly TransformBlock[], N extends number> = number extends
  | B['length']
  | N
  ? unknown
  : Unwrap<Drop<ValuesOf<B>, N>>;

/**
 * The type of decoded targets when their getters tell what labels are: `string` with `parentLabel`, `number` with
 * `(row) => row.grade`. Labels that are read with `ColReader` may be of any type.
 */
export type LabeledBy<V, GetY, Getters> = unknown extends V
  ? V
  : [V] extends [readonly [unknown, unknown, ...unknown[]]]
    ? { -readonly [K in keyof V]: LabeledBy<V[K], K extends keyof GetY ? GetY[K] : unknown, unknown> }
    : OfOneTarget<V, GetY, Getters>;

type OfOneTarget<V, GetY, Getters> = Label extends V
  ? LabelFrom<TargetOfGetter<GetY, Getters>>
  : V extends readonly Label[]
    ? Label extends V[number]
      ? TargetOfGetter<GetY, Getters> extends readonly (infer L)[]
        ? LabelFrom<L>[]
        : V
      : V
    : V;

type TargetOfGetter<GetY, Getters> =
  unknown extends ReturnedBy<GetY>
    ? Getters extends readonly [...unknown[], infer Last]
      ? ReturnedBy<Last>
      : unknown
    : ReturnedBy<GetY>;

type ReturnedBy<G> = G extends readonly [infer Only]
  ? ReturnedBy<Only>
  : // biome-ignore lint/suspicious/noExplicitAny: whatever it takes
    G extends (item: any) => infer R
    ? Awaited<R>
    : unknown;

type LabelFrom<R> = unknown extends R
  ? Label
  : [R] extends [Label | null | undefined]
    ? Widened<NonNullable<R>>
    : Label;

type Unwrap<T extends readonly unknown[]> = T extends readonly []
  ? undefined
  : T extends readonly [infer One]
    ? One
    : T;

type Take<
  T extends readonly unknown[],
  N extends number,
  Taken extends readonly unknown[] = [],
> = Taken['length'] extends N
  ? Taken
  : T extends readonly [infer First, ...infer Rest]
    ? Take<Rest, N, [...Taken, First]>
    : Taken;

type Drop<
  T extends readonly unknown[],
  N extends number,
  Dropped extends readonly unknown[] = [],
> = Dropped['length'] extends N
  ? T
  : T extends readonly [infer First, ...infer Rest]
    ? Drop<Rest, N, [...Dropped, First]>
    : [];
