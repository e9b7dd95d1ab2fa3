import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError } from '../errors.js';
import { registered } from '../registry/registry.js';
import { Module } from './module.js';

/**
 * Modules applied in sequence. They are its properties `0`, `1`, …
 *
 * @example
 * const model = new Sequential(new Conv2d(3, 8, 3), new ReLU(), new AdaptiveAvgPool2d(1), new Flatten());
 */
@registered('Sequential', (sequential: Sequential) => [...sequential])
export class Sequential extends Module {
  [index: number]: Module;

  constructor(...modules: Module[]) {
    super();
    this.append(...modules);
  }

  /** Number of modules. */
  get length(): number {
    return this.children().length;
  }

  /** The module at `index`, counted from the end when negative. */
  at(index: number): Module {
    const module = [...this].at(index);
    if (!module) {
      throw new ArgumentError(`There is no module at ${index}: the Sequential has ${this.length}.`);
    }
    return module;
  }

  /**
   * Adds modules at the end.
   *
   * @throws ArgumentError when one is not a module.
   */
  append(...modules: Module[]): this {
    let place = this.length;
    for (const module of modules) {
      if (!(module instanceof Module)) {
        throw new ArgumentError(`Element ${place} of the Sequential, ${String(module)}, is not a module.`);
      }
      this[place++] = module;
    }
    return this;
  }

  /** A new Sequential with the same modules (not copies) from `start` to before `end`. */
  slice(start?: number, end?: number): Sequential {
    return new Sequential(...[...this].slice(start, end));
  }

  *[Symbol.iterator](): IterableIterator<Module> {
    for (const [, module] of this.children()) yield module;
  }

  forward(input: tf.Tensor): tf.Tensor {
    return applyInTurn(this, input, (module, x) => module.forward(x));
  }
}

/** Applies modules in sequence, disposing of each output once the next has been computed. */
export function applyInTurn(
  modules: Iterable<Module>,
  input: tf.Tensor,
  apply: (module: Module, x: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  let x = input;
  for (const module of modules) {
    const y = tf.tidy(() => apply(module, x));
    if (x !== input && x !== y && !outlivesForward(x)) x.dispose();
    x = y;
  }
  return x;
}

/** Whether an output may be disposed of. It may belong to a module: a variable, or a tensor that it keeps. */
function outlivesForward(tensor: tf.Tensor): boolean {
  return tensor instanceof tf.Variable || tensor.kept;
}
