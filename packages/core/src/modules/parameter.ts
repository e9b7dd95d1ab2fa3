import * as tf from '@tensorflow/tfjs-core';
import { FasttsError } from '../errors.js';

/**
 * How a tensor is stored on the engine compared with PyTorch's layout in a file: `'plain'` the same; `'conv'`
 * `[kh, kw, in / groups, out]` here and `[out, in / groups, kh, kw]` there, with one `k` in one dimension.
 */
export type Layout = 'plain' | 'conv';

/** The first values of a tensor, computed when they are first needed. */
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
 * Its first values are computed when `value` is first read: a model whose weights are then loaded from a file, or
 * initialized in another way, never computes those it would have had.
 */
abstract class StateTensor {
  readonly shape: number[];
  readonly dtype: tf.DataType;
  readonly layout: Layout;
  readonly #isTrainable: boolean;
  #compute: () => tf.Tensor;
  #variable: tf.Variable | null = null;

  constructor(initial: tf.Tensor | Initial, layout: Layout, isTrainable: boolean) {
    this.shape = [...initial.shape];
    this.dtype = initial.dtype ?? 'float32';
    this.layout = layout;
    this.#isTrainable = isTrainable;
    if (initial instanceof tf.Tensor) {
      this.#compute = () => initial;
      this.#variable = this.#takeOver(initial);
    } else this.#compute = () => initial.compute();
  }

  /** Its values, which stay the same variable whatever is assigned to it. */
  get value(): tf.Variable {
    this.#variable ??= this.#takeOver(tf.tidy(this.#compute));
    return this.#variable;
  }

  /** How many numbers it has. */
  get size(): number {
    return tf.util.sizeFromShape(this.shape);
  }

  /** The shape it has in files; see {@link Layout}. */
  get fileShape(): number[] {
    return this.layout === 'conv'
      ? outFirst(this.shape.length).map((axis) => this.shape[axis]!)
      : [...this.shape];
  }

  /** Replaces its values by other first values: at once if it has values already, otherwise when they are needed. */
  reset(initial: Initial): void {
    const variable = this.#variable;
    if (variable) tf.tidy(() => variable.assign(initial.compute()));
    else this.#compute = () => initial.compute();
  }

  /** Sets its values to those of `tensor`, of the same shape and type, which stays the caller's. */
  assign(tensor: tf.Tensor): void {
    if (this.#variable) this.#variable.assign(tensor);
    else this.#variable = tf.variable(tensor, this.#isTrainable);
  }

  /** Frees its memory. */
  dispose(): void {
    if (!this.#variable?.isDisposed) this.#variable?.dispose();
    this.#compute = () => {
      throw new FasttsError('A tensor of a module was read after the module was disposed of.');
    };
  }

  #takeOver(initial: tf.Tensor): tf.Variable {
    const variable = tf.variable(initial, this.#isTrainable);
    initial.dispose();
    return variable;
  }
}

/** A tensor that training changes. */
export class Parameter extends StateTensor {
  /** Whether it is trained (default true). */
  requiresGrad = true;

  /** @param initial Its first values; a tensor is taken over: the caller does not dispose of it. */
  constructor(initial: tf.Tensor | Initial, layout: Layout = 'plain') {
    super(initial, layout, true);
  }
}

/** A tensor that belongs to a module's state but is not trained, such as batch norm's running mean. */
export class ModuleBuffer extends StateTensor {
  /** @param initial Its first values; a tensor is taken over: the caller does not dispose of it. */
  constructor(initial: tf.Tensor | Initial) {
    super(initial, 'plain', false);
  }
}

/** A copy of `tensor` from its layout on the engine to that in files. */
export function toFileLayout(tensor: tf.Tensor, layout: Layout): tf.Tensor {
  return layout === 'conv' ? tf.transpose(tensor, outFirst(tensor.rank)) : tf.clone(tensor);
}

/** A copy of `tensor` from its layout in files to that on the engine. */
export function fromFileLayout(tensor: tf.Tensor, layout: Layout): tf.Tensor {
  return layout === 'conv' ? tf.transpose(tensor, outLast(tensor.rank)) : tf.clone(tensor);
}

/** The axes `[…k, in, out]` as `[out, in, …k]`. */
function outFirst(rank: number): number[] {
  return [rank - 1, rank - 2, ...Array(rank - 2).keys()];
}

/** The axes `[out, in, …k]` as `[…k, in, out]`. */
function outLast(rank: number): number[] {
  return [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0];
}
