import * as tf from '@tensorflow/tfjs';

/**
 * How a tensor lies on the engine against how PyTorch has it in a file: `'plain'` the same; `'conv'`
 * `[kh, kw, in / groups, out]` here and `[out, in / groups, kh, kw]` there.
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
  return layout === 'conv' ? tf.transpose(tensor, [3, 2, 0, 1]) : tf.clone(tensor);
}

/** A copy of `tensor` from its layout in files to that on the engine. */
export function fromFileLayout(tensor: tf.Tensor, layout: Layout): tf.Tensor {
  return layout === 'conv' ? tf.transpose(tensor, [2, 3, 1, 0]) : tf.clone(tensor);
}

/** The shape that a tensor of this shape on the engine has in files. */
export function fileShape(shape: readonly number[], layout: Layout): number[] {
  return layout === 'conv' ? [3, 2, 0, 1].map((axis) => shape[axis]!) : [...shape];
}

function takeOver(initial: tf.Tensor, trainable: boolean): tf.Variable {
  const value = tf.variable(initial, trainable);
  initial.dispose();
  return value;
}
