import * as tf from '@tensorflow/tfjs';

/**
 * How a tensor lies on the engine against how PyTorch has it in a file: `'plain'` the same; `'conv'`
 * `[kh, kw, in / groups, out]` here and `[out, in / groups, kh, kw]` there, with one `k` in one dimension.
 */
export type Layout = 'plain' | 'conv';

/** A tensor that training changes. */
export class Parameter {
  readonly value: tf.Variable;
  readonly layout: Layout;
  /** Whether it is trained (default true). */
  requiresGrad = true;

  /** @param initial Its first value, which the parameter takes over: the caller does not dispose of it. */
  constructor(initial: tf.Tensor, layout: Layout = 'plain') {
    this.value = takeOver(initial, true);
    this.layout = layout;
  }

  /** Lets go of its memory. */
  dispose(): void {
    this.value.dispose();
  }
}

/** A tensor that belongs to a module's state but is not trained, such as batch norm's running mean. */
export class ModuleBuffer {
  readonly value: tf.Variable;
  readonly layout: Layout = 'plain';

  /** @param initial Its first value, which the buffer takes over: the caller does not dispose of it. */
  constructor(initial: tf.Tensor) {
    this.value = takeOver(initial, false);
  }

  /** Lets go of its memory. */
  dispose(): void {
    this.value.dispose();
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

/** The shape that a tensor of this shape on the engine has in files. */
export function fileShape(shape: readonly number[], layout: Layout): number[] {
  return layout === 'conv' ? outFirst(shape.length).map((axis) => shape[axis]!) : [...shape];
}

/** The axes `[…k, in, out]` as `[out, in, …k]`. */
function outFirst(rank: number): number[] {
  return [rank - 1, rank - 2, ...Array(rank - 2).keys()];
}

/** The axes `[out, in, …k]` as `[…k, in, out]`. */
function outLast(rank: number): number[] {
  return [...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1, 0];
}

function takeOver(initial: tf.Tensor, trainable: boolean): tf.Variable {
  const value = tf.variable(initial, trainable);
  initial.dispose();
  return value;
}
