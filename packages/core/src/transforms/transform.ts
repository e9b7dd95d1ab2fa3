import type { Tensor } from '@tensorflow/tfjs-core';
import { ArgumentError } from '../errors.js';
import type { Rng } from '../random.js';
import { nameOf } from '../registry/registry.js';
import type { ByteCache } from './byteCache.js';
import { computed } from './lazy.js';

/** The two data sets used in training. */
export type Split = 'train' | 'valid';

/** How a tuple of values is processed by a {@link Pipeline}. */
export interface TransformContext {
  /** Whether the transforms for training or those for validation are applied. */
  readonly split: Split;
  /** Source of the transforms' random draws. */
  readonly rng: Rng;
  /** Where a transform may cache results that do not change between epochs (default: nowhere). */
  readonly cache?: ByteCache;
}

/** Values that are transformed together: those of one item, or whole batches of them. */
export interface ValueTuple {
  /** All values, including those that a transform does not act on; these may be `Lazy`. */
  readonly values: readonly unknown[];
  /** The kinds of the values, in the same order. */
  readonly kinds: readonly string[];
}

/** The argument of `draw`. */
export interface DrawContext extends TransformContext, ValueTuple {}

/** The second argument of `encodes`. */
export interface EncodeContext<Draw = unknown> extends Omit<DrawContext, 'rng'> {
  /** The kind of the value, such as `'image'` or `'category'`. */
  readonly kind: string;
  /** The result of the transform's `draw` for this item or batch; `undefined` without a `draw`. */
  readonly draw: Draw;
}

/** The data available to a transform's `setup`. */
export interface DataSource {
  /** The training set's values of the transform's block, as the transform receives them. */
  values(): Iterable<unknown> | AsyncIterable<unknown>;
  /** For batch transforms: one training batch as the transform receives it; the caller disposes of it. */
  oneBatch?(): Promise<{ tensors: readonly Tensor[]; kinds: readonly string[] }>;
}

/**
 * A step that encodes values for the model and, where that makes sense, decodes them for display.
 *
 * A tuple of values, such as an image and its label, is transformed together: `draw` is called once for the whole tuple,
 * then `encodes` for each value whose kind is in `kinds`. `draw` returns everything random, which is passed to each
 * `encodes`, so that an image and its mask change alike. It must not be stored on the transform: items are loaded
 * concurrently and share the transform.
 *
 * Source: fastcore `transform.py`; block kinds replace its dispatch on Python types.
 *
 * @typeParam Draw The result of `draw`.
 * @example
 * class Invert extends Transform {
 *   override kinds = ['image'];
 *   encodes(x: tf.Tensor4D) { return tf.sub(1, x); }
 *   override decodes(x: tf.Tensor4D) { return tf.sub(1, x); }
 * }
 *
 * class RandomInvert extends Transform<boolean> {
 *   override kinds = ['image'];
 *   override draw({ rng }: DrawContext) { return rng.bernoulli(0.5); }
 *   encodes(x: tf.Tensor4D, { draw: inverts }: EncodeContext<boolean>) { return inverts ? tf.sub(1, x) : x; }
 * }
 */
export abstract class Transform<Draw = unknown> {
  /** A pipeline applies its transforms in ascending order of this number (default: 0). */
  order = 0;
  /** The only split in which it is applied; `null` (default) for both. */
  split: Split | null = null;
  /** The kinds of values that it acts on, such as `'image'` or `'category'`; `null` (default) for all. */
  kinds: readonly string[] | null = null;
  /** Whether `encodes` takes `Lazy` values and adds its work to them (default: false, it receives computed values). */
  takesLazy = false;

  /** Computes what it needs from the training set, such as a vocabulary or statistics. */
  setups?(items: DataSource): void | Promise<void>;

  /** Draws random parameters, once for the whole tuple; an item transform may return a promise. */
  draw?(context: DrawContext): Draw | Promise<Draw>;

  /** Transforms a value; an item transform may return a promise, so that the work is done off the main thread. */
  abstract encodes(value: unknown, context: EncodeContext<Draw>): unknown;

  /** Inverts `encodes` as far as needed for display. */
  decodes?(value: unknown, context: Pick<EncodeContext, 'kind'>): unknown;
}

/** A list of transforms sorted by `order`; transforms of equal order keep the given order. */
export class Pipeline {
  private transforms: readonly Transform[];

  constructor(transforms: readonly Transform[] = []) {
    this.transforms = inOrder(transforms);
  }

  /** Number of transforms. */
  get length(): number {
    return this.transforms.length;
  }

  [Symbol.iterator](): Iterator<Transform> {
    return this.transforms[Symbol.iterator]();
  }

  /** Adds transforms, each at the position that its order determines. */
  add(...transforms: Transform[]): this {
    this.transforms = inOrder([...this.transforms, ...transforms]);
    return this;
  }

  /** Sets the transforms up, first to last; `source` is called again for each, with those already set up. */
  async setup(source: (before: Pipeline) => DataSource): Promise<void> {
    for (const [i, transform] of this.transforms.entries()) {
      await transform.setups?.(source(new Pipeline(this.transforms.slice(0, i))));
    }
  }

  /** Encodes one tuple of values of the given kinds; values that are still lazy at the end stay lazy. */
  async apply(
    values: readonly unknown[],
    kinds: readonly string[],
    context: TransformContext,
  ): Promise<unknown[]> {
    let current = [...values];
    for (const transform of this.activeIn(context)) {
      // Async functions turn a throw into a rejection. A synchronous throw would leave the other values' promises
      // without a handler, and their rejection would end the process.
      const ready = current.map(async (value, i) => computedFor(transform, value, kinds[i]!));
      const tuple = { ...context, kinds, values: await Promise.all(ready) };
      const draw = await transform.draw?.(tuple);
      current = await Promise.all(tuple.values.map(async (_, i) => encoded(transform, tuple, draw, i)));
    }
    return current;
  }

  /**
   * Like `apply`, but computes all lazy values. May run inside `tf.tidy`.
   *
   * @throws ArgumentError when a transform returns a promise.
   */
  applySync(values: readonly unknown[], kinds: readonly string[], context: TransformContext): unknown[] {
    let current = [...values];
    for (const transform of this.activeIn(context)) {
      const ready = current.map((value, i) => computedFor(transform, value, kinds[i]!));
      const tuple = { ...context, kinds, values: ready };
      const [draw] = synchronous(transform, [transform.draw?.(tuple)]);
      const results = ready.map((_, i) => encoded(transform, tuple, draw, i));
      current = synchronous(transform, results);
    }
    return current.map(computed);
  }

  /** Decodes one tuple of values, last transform first. */
  decode(values: readonly unknown[], kinds: readonly string[]): unknown[] {
    let current = [...values];
    for (const transform of [...this.transforms].reverse()) {
      current = current.map((value, i) =>
        transform.decodes && actsOn(transform, kinds[i]!)
          ? transform.decodes(value, { kind: kinds[i]! })
          : value,
      );
    }
    return current;
  }

  private activeIn({ split }: TransformContext): Transform[] {
    return this.transforms.filter((t) => t.split === null || t.split === split);
  }
}

/** Value `i` of a tuple after the transform, which leaves other kinds unchanged. */
function encoded<Draw>(
  transform: Transform<Draw>,
  { values, kinds, split, cache }: DrawContext,
  draw: Draw,
  i: number,
): unknown {
  const kind = kinds[i]!;
  if (!actsOn(transform, kind)) return values[i];
  return transform.encodes(values[i], { kind, draw, values, kinds, split, cache });
}

/** The value, computed if the transform acts on it and does not take lazy values. */
function computedFor(transform: Transform, value: unknown, kind: string): unknown {
  return transform.takesLazy || !actsOn(transform, kind) ? value : computed(value);
}

function synchronous<T>(transform: Transform, results: readonly (T | Promise<T>)[]): T[] {
  const values: T[] = [];
  const promises: Promise<T>[] = [];
  for (const result of results) {
    if (result instanceof Promise) promises.push(result);
    else values.push(result);
  }
  if (promises.length === 0) return values;
  // An unhandled rejection would end the process.
  for (const promise of promises) promise.catch(() => {});
  throw new ArgumentError(
    `${nameOf(transform)} returns a promise, but a batch transform must return its value: ` +
      'pass it in itemTfms, or make it synchronous.',
  );
}

function actsOn(transform: Transform, kind: string): boolean {
  return transform.kinds === null || transform.kinds.includes(kind);
}

function inOrder(transforms: readonly Transform[]): readonly Transform[] {
  return [...transforms].sort((a, b) => a.order - b.order);
}
