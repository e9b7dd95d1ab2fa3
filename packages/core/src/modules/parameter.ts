import * as tf from '@tensorflow/tfjs-core';
import { FasttsError } from '../errors.js';
import { buildBudget } from '../registry/buildBudget.js';

/**
 * The layout of a tensor on the engine and in a file, which has PyTorch's: `'plain'` is the same in both; `'conv'` is
 * `[kh, kw, in / groups, out]` on the engine and `[out, in / groups, kh, kw]` in a file, with a single `k` for one
 * dimension.
 */
export type Layout = 'plain' | 'conv';

/** Initial values of a tensor, computed when they are first read. */
export interface Initial {
  readonly shape: readonly number[];
  /** Default `'float32'`. */
  readonly dtype?: tf.DataType;
  /** Computes the values; the tensor belongs to the caller. */
  compute(): tf.Tensor;
}

/**
 * A tensor of a module's state.
 *
 * Its initial values are computed when `value` is first read: a model whose weights are loaded from a file or
 * initialized again before that never computes them.
 */
abstract class StateTensor {
  readonly shape: number[];
  readonly dtype: tf.DataType;
  readonly layout: Layout;
  readonly #isTrainable: boolean;
  #compute: () => tf.Tensor;
  #variable: tf.Variable | null = null;
  #isDisposed = false;

  constructor(initial: tf.Tensor | Initial, layout: Layout, isTrainable: boolean) {
    buildBudget()?.state(this, initial.shape);
    this.shape = [...initial.shape];
    this.dtype = initial.dtype ?? 'float32';
    this.layout = layout;
    this.#isTrainable = isTrainable;
    if (initial instanceof tf.Tensor) {
      this.#compute = () => initial;
      this.#variable = this.#takeOver(initial);
    } else this.#compute = () => initial.compute();
  }

  /** Its values; the variable stays the same when values are assigned. */
  get value(): tf.Variable {
    if (this.#isDisposed) throw disposedError();
    this.#variable ??= this.#takeOver(tf.tidy(() => this.#firstValues()));
    return this.#variable;
  }

  /** Number of elements. */
  get size(): number {
    return tf.util.sizeFromShape(this.shape);
  }

  /** Its shape in files; see {@link Layout}. */
  get fileShape(): number[] {
    return this.layout === 'conv'
      ? outFirst(this.shape.length).map((axis) => this.shape[axis]!)
      : [...this.shape];
  }

  /** Replaces its initial values: immediately if they have been computed, otherwise when they are first read. */
  reset(initial: Initial): void {
    const variable = this.#variable;
    if (variable) tf.tidy(() => variable.assign(initial.compute()));
    else this.#compute = () => initial.compute();
  }

  /** Sets its values to those of `tensor`, which has the same shape and type and still belongs to the caller. */
  assign(tensor: tf.Tensor): void {
    if (this.#isDisposed) throw disposedError();
    if (this.#variable) this.#variable.assign(tensor);
    else this.#variable = tf.variable(tensor, this.#isTrainable);
  }

  /** Frees its memory. */
  dispose(): void {
    if (!this.#variable?.isDisposed) this.#variable?.dispose();
    this.#variable = null;
    this.#isDisposed = true;
  }

  #firstValues(): tf.Tensor {
    const budget = buildBudget();
    if (!budget) return this.#compute();
    budget.values(this.shape);
    // A file's values will replace them.
    return tf.zeros(this.shape, this.dtype);
  }

  #takeOver(initial: tf.Tensor): tf.Variable {
    const variable = tf.variable(initial, this.#isTrainable);
    initial.dispose();
    return variable;
  }
}

function disposedError(): FasttsError {
  return new FasttsError(
    'The module was disposed of, so its parameters are gone: create it again, or dispose of it later.',
  );
}

/** A trainable tensor of a module. */
export class Parameter extends StateTensor {
  /** Whether training updates it (default true). */
  requiresGrad = true;

  /** @param initial Its initial values; it takes ownership of a tensor. */
  constructor(initial: tf.Tensor | Initial, layout: Layout = 'plain') {
    super(initial, layout, true);
  }
}

/** A tensor that belongs to a module's state but is not trained, such as batch norm's running mean. */
export class ModuleBuffer extends StateTensor {
  /** @param initial Its initial values; it takes ownership of a tensor. */
  constructor(initial: tf.Tensor | Initial) {
    super(initial, 'plain', false);
  }
}

/** A copy of `tensor`, converted from the layout on the engine to that in files. */
export function toFileLayout(tensor: tf.Tensor, layout: Layout): tf.Tensor {
  return layout === 'conv' ? tf.transpose(tensor, outFirst(tensor.rank)) : tf.clone(tensor);
}

/** A copy of `tensor`, converted from the layout in files to that on the engine. */
export function fromFileLayout(tensor: tf.Tensor, layout: Layout): tf.Tensor {
  return layout === 'conv' ? tf.transpose(tensor, outLast(tensor.rank)) : tf.clone(tensor);
}

/** The permutation of axes from `[…k, in, out]` to `[out, in, …k]`. */
function outFirst(rank: number): number[] {
  return [rank - 1, rank - 2, ...Array(rank - 2).keys()];
}

/** The permutation of axes from `[out, in, …k]` to `[…k, in, out]`. */
function outLast(rank: number): number[] {
  return [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0];
}
