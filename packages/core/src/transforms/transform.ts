import type { Tensor } from '@tensorflow/tfjs';
import type { Rng } from '../random.js';
import type { ByteCache } from './byteCache.js';
import { computed } from './deferred.js';

/** What a transform may know of the moment in which it is applied. */
export interface TransformContext {
  /** 0 in training, 1 in validation. */
  readonly split: 0 | 1;
  /** Where its random draws come from. */
  readonly rng: Rng;
  /** Where it may keep what would be the same the next time; none unless a data loader was given one. */
  readonly cache?: ByteCache;
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
 * A tuple of values, say a picture and its label, passes through together: `beforeCall` draws what is random
 * once for the whole tuple, then `encodes` is called for each value whose kind is among `kinds`.
 *
 * Source: fastcore `transform.py`; in place of its dispatch on Python types there are the blocks' kinds.
 *
 * @example
 * class Invert extends Transform {
 *   override kinds = ['image'];
 *   encodes(x: tf.Tensor4D) { return tf.sub(1, x); }
 *   override decodes(x: tf.Tensor4D) { return tf.sub(1, x); }
 * }
 */
export abstract class Transform {
  /** Transforms of a pipeline are applied in ascending order of this number (default 0). */
  order = 0;
  /** Applied in this split only: 0 training, 1 validation, `null` (default) both. */
  splitIdx: 0 | 1 | null = null;
  /** Kinds of values that it acts on, such as `'image'` or `'category'`; `null` (default) for all. */
  kinds: readonly string[] | null = null;
  /** Whether it can add to what a `Deferred` value will compute (default false: it gets the value computed). */
  takesDeferred = false;

  /** Learns what it needs from the training set, such as a vocabulary or statistics. */
  setups?(items: DataSource): void | Promise<void>;

  /** Draws its random state once for the whole tuple. */
  beforeCall?(values: readonly unknown[], kinds: readonly string[], context: TransformContext): void;

  /** The value as it goes on; a promise where the work is done off the main thread. */
  abstract encodes(value: unknown, kind: string, context: TransformContext): unknown;

  /** Undoes `encodes` as far as showing needs it. */
  decodes?(value: unknown, kind: string): unknown;
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

  /** Encodes one tuple of values, of which `kinds` names the kinds; what is deferred in the end stays so. */
  async apply(
    values: readonly unknown[],
    kinds: readonly string[],
    context: TransformContext,
  ): Promise<unknown[]> {
    let current = [...values];
    for (const transform of this.activeIn(context)) {
      current = await Promise.all(computedFor(transform, current, kinds));
      current = await Promise.all(encodeTuple(transform, current, kinds, context));
    }
    return current;
  }

  /** Like `apply`, for transforms none of which returns a promise; nothing stays deferred. May run inside `tf.tidy`. */
  applySync(values: readonly unknown[], kinds: readonly string[], context: TransformContext): unknown[] {
    let current = [...values];
    for (const transform of this.activeIn(context)) {
      current = computedFor(transform, current, kinds);
      current = encodeTuple(transform, current, kinds, context);
    }
    return current.map(computed);
  }

  /** Decodes one tuple of values, last transform first. */
  decode(values: readonly unknown[], kinds: readonly string[]): unknown[] {
    let current = [...values];
    for (const transform of [...this.transforms].reverse()) {
      current = current.map((value, i) =>
        transform.decodes && actsOn(transform, kinds[i]!) ? transform.decodes(value, kinds[i]!) : value,
      );
    }
    return current;
  }

  private activeIn({ split }: TransformContext): Transform[] {
    return this.transforms.filter((t) => t.splitIdx === null || t.splitIdx === split);
  }
}

function encodeTuple(
  transform: Transform,
  values: readonly unknown[],
  kinds: readonly string[],
  context: TransformContext,
): unknown[] {
  transform.beforeCall?.(values, kinds, context);
  return values.map((value, i) =>
    actsOn(transform, kinds[i]!) ? transform.encodes(value, kinds[i]!, context) : value,
  );
}

/** The tuple, with what is deferred and the transform may look at computed. */
function computedFor(transform: Transform, values: readonly unknown[], kinds: readonly string[]): unknown[] {
  const { takesDeferred, beforeCall } = transform;
  const looksAt = (i: number) => !takesDeferred && (beforeCall !== undefined || actsOn(transform, kinds[i]!));
  return values.map((value, i) => (looksAt(i) ? computed(value) : value));
}

function actsOn(transform: Transform, kind: string): boolean {
  return transform.kinds === null || transform.kinds.includes(kind);
}

function inOrder(transforms: readonly Transform[]): readonly Transform[] {
  return [...transforms].sort((a, b) => a.order - b.order);
}
