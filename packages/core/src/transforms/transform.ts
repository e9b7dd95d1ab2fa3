import type { Tensor } from '@tensorflow/tfjs-core';
import { ArgumentError } from '../errors.js';
import type { Rng } from '../random.js';
import type { ByteCache } from './byteCache.js';
import { computed } from './lazy.js';

/** The two sets that a model meets while it is trained. */
export type Split = 'train' | 'valid';

/** How a tuple of values passes through a {@link Pipeline}. */
export interface TransformContext {
  /** Whether values go through the transforms as in training or as in validation. */
  readonly split: Split;
  /** Source of the transforms' random draws. */
  readonly rng: Rng;
  /** Where a transform may keep what would be the same the next time (default: nowhere). */
  readonly cache?: ByteCache;
}

/** Values that pass through together: those of an item, or the whole batches of them. */
export interface ValueTuple {
  /** All values, also those that a transform does not act on; these may be `Lazy`. */
  readonly values: readonly unknown[];
  /** The kinds of the values, in their order. */
  readonly kinds: readonly string[];
}

/** What `draw` is given. */
export interface DrawContext extends TransformContext, ValueTuple {}

/** What `encodes` is given beside a value. */
export interface EncodeContext<Draw = unknown> extends Omit<DrawContext, 'rng'> {
  /** The kind of the value, such as `'image'` or `'category'`. */
  readonly kind: string;
  /** What the transform's `draw` returned for this item or batch; `undefined` without a `draw`. */
  readonly draw: Draw;
}

/** What a transform may look at while it sets itself up. */
export interface DataSource {
  /** The training set's values of the block that the transform belongs to, as they come to the transform. */
  values(): Iterable<unknown> | AsyncIterable<unknown>;
  /** For batch transforms: one training batch as it comes to the transform; the taker disposes of it. */
  oneBatch?(): Promise<{ tensors: readonly Tensor[]; kinds: readonly string[] }>;
}

/**
 * A step that encodes values on their way to the model and, where that makes sense, decodes them again for
 * showing.
 *
 * A tuple of values, such as a picture and its label, passes through together: `draw` is called once for the whole
 * tuple, then `encodes` for each value whose kind is among `kinds`. What is random is returned by `draw` and handed to
 * each `encodes`, so that a picture and its mask change alike. It must not be stored on the transform: items are
 * loaded concurrently, and all of them share it.
 *
 * Source: fastcore `transform.py`; blocks' kinds replace its dispatch on Python types.
 *
 * @typeParam Draw what `draw` returns
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
  /** Transforms of a pipeline are applied in ascending order of this number (default 0). */
  order = 0;
  /** Applied in this split only; `null` (default): in both. */
  split: Split | null = null;
  /** Kinds of values that it acts on, such as `'image'` or `'category'`; `null` (default) for all. */
  kinds: readonly string[] | null = null;
  /** Whether `encodes` takes `Lazy` values and adds its work to theirs (default false: it is given computed values). */
  takesLazy = false;

  /** Learns what it needs from the training set, such as a vocabulary or statistics. */
  setups?(items: DataSource): void | Promise<void>;

  /** Draws what is random, once for the whole tuple; an item transform may return a promise. */
  draw?(context: DrawContext): Draw | Promise<Draw>;

  /** The transformed value; an item transform may return a promise, so that the work is done off the main thread. */
  abstract encodes(value: unknown, context: EncodeContext<Draw>): unknown;

  /** Undoes `encodes` as far as showing needs it. */
  decodes?(value: unknown, context: Pick<EncodeContext, 'kind'>): unknown;
}

/** Transforms in the order of their `order`; those of equal order stay as given. */
export class Pipeline {
  private transforms: readonly Transform[];

  constructor(transforms: readonly Transform[] = []) {
    this.transforms = inOrder(transforms);
  }

  /** How many transforms it has. */
  get length(): number {
    return this.transforms.length;
  }

  [Symbol.iterator](): Iterator<Transform> {
    return this.transforms[Symbol.iterator]();
  }

  /** Adds transforms, each at the place that its order gives it. */
  add(...transforms: Transform[]): this {
    this.transforms = inOrder([...this.transforms, ...transforms]);
    return this;
  }

  /** Sets the transforms up, first to last; `source` is asked anew for each, given those already set up. */
  async setup(source: (before: Pipeline) => DataSource): Promise<void> {
    for (const [i, transform] of this.transforms.entries()) {
      await transform.setups?.(source(new Pipeline(this.transforms.slice(0, i))));
    }
  }

  /** Encodes one tuple of values, of which `kinds` names the kinds; a value that is lazy in the end stays so. */
  async apply(
    values: readonly unknown[],
    kinds: readonly string[],
    context: TransformContext,
  ): Promise<unknown[]> {
    let current = [...values];
    for (const transform of this.activeIn(context)) {
      const tuple = { ...context, kinds, values: await Promise.all(computedFor(transform, current, kinds)) };
      current = await Promise.all(encodeTuple(transform, tuple, await transform.draw?.(tuple)));
    }
    return current;
  }

  /**
   * Like `apply`, but no value stays lazy. May run inside `tf.tidy`.
   *
   * @throws ArgumentError when a transform returns a promise.
   */
  applySync(values: readonly unknown[], kinds: readonly string[], context: TransformContext): unknown[] {
    let current = [...values];
    for (const transform of this.activeIn(context)) {
      const tuple = { ...context, kinds, values: computedFor(transform, current, kinds) };
      current = encodeTuple(transform, tuple, synchronous(transform, transform.draw?.(tuple)));
      for (const value of current) synchronous(transform, value);
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

function encodeTuple<Draw>(
  transform: Transform<Draw>,
  { values, kinds, split, cache }: DrawContext,
  draw: Draw,
): unknown[] {
  return values.map((value, i) => {
    const kind = kinds[i]!;
    return actsOn(transform, kind)
      ? transform.encodes(value, { kind, draw, values, kinds, split, cache })
      : value;
  });
}

/** A tuple's values; those that the transform acts on are computed unless it takes lazy ones. */
function computedFor(transform: Transform, values: readonly unknown[], kinds: readonly string[]): unknown[] {
  if (transform.takesLazy) return [...values];
  return values.map((value, i) => (actsOn(transform, kinds[i]!) ? computed(value) : value));
}

function synchronous<T>(transform: Transform, result: T | Promise<T>): T {
  if (!(result instanceof Promise)) return result;
  throw new ArgumentError(
    `${transform.constructor.name} returns a promise, but a batch transform must return its value: ` +
      'give it among itemTfms, or do without await.',
  );
}

function actsOn(transform: Transform, kind: string): boolean {
  return transform.kinds === null || transform.kinds.includes(kind);
}

function inOrder(transforms: readonly Transform[]): readonly Transform[] {
  return [...transforms].sort((a, b) => a.order - b.order);
}
