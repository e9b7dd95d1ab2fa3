import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '../functional/withoutGradient.js';
import { mapTensors, tensorsIn } from '../nestedTensors.js';
import type { Module } from './module.js';
import type { HookHandle } from './moduleHooks.js';

/**
 * Computes what a {@link Hook} stores from a module's inputs and output. With `isForward: false` it gets no inputs, and the
 * gradient in place of the output.
 */
export type HookFunc<T> = (module: Module, inputs: tf.Tensor[], output: tf.Tensor) => T;

/** Options of {@link Hook} and {@link Hooks}. */
export interface HookOptions {
  /** Whether to hook outputs (default true) or their gradients. */
  isForward?: boolean;
  /** Whether the function gets tensors detached from the gradient (default true). */
  detach?: boolean;
}

/**
 * Stores a value at each call of a module, such as its output.
 *
 * Tensors in the value that `hookFunc` returns belong to the hook, which disposes of them at the next call and in `dispose`.
 * Clone what you need longer.
 *
 * Source: fastai `callback/hook.py`, `Hook`.
 *
 * @typeParam T The type of the stored value.
 * @example
 * const hook = new Hook(model.at(0), (module, inputs, output) => output.shape);
 * model.forward(x);
 * hook.stored; // the shape
 * hook.dispose();
 */
export class Hook<T> {
  /** The value that `hookFunc` returned at the last call; `null` before the first. */
  stored: T | null = null;
  private readonly handle: HookHandle;

  constructor(module: Module, hookFunc: HookFunc<T>, { isForward = true, detach = true }: HookOptions = {}) {
    const seen = detach ? detached : (tensor: tf.Tensor) => tensor;
    const store = (inputs: tf.Tensor[], output: tf.Tensor) => {
      this.disposeStored();
      this.stored = mapTensors(hookFunc(module, inputs.map(seen), seen(output)), kept);
    };
    this.handle = isForward
      ? module.registerForwardHook((_, inputs, output) => store(inputs, output))
      : module.registerBackwardHook((_, gradient) => store([], gradient));
  }

  /** Removes it from the module, keeping the stored value. */
  remove(): void {
    this.handle.remove();
  }

  /** Removes it from the module and disposes of the stored value. */
  dispose(): void {
    this.remove();
    this.disposeStored();
  }

  private disposeStored(): void {
    for (const tensor of tensorsIn(this.stored)) tensor.dispose();
    this.stored = null;
  }
}

/**
 * A {@link Hook} on each of several modules.
 *
 * Source: fastai `callback/hook.py`, `Hooks`.
 */
export class Hooks<T> implements Iterable<Hook<T>> {
  private readonly hooks: readonly Hook<T>[];

  constructor(modules: readonly Module[], hookFunc: HookFunc<T>, options: HookOptions = {}) {
    this.hooks = modules.map((module) => new Hook(module, hookFunc, options));
  }

  /** Number of hooks. */
  get length(): number {
    return this.hooks.length;
  }

  /** The stored value of each. */
  get stored(): (T | null)[] {
    return this.hooks.map((hook) => hook.stored);
  }

  /** The hook at `index`, counted from the end when negative. */
  at(index: number): Hook<T> | undefined {
    return this.hooks.at(index);
  }

  [Symbol.iterator](): Iterator<Hook<T>> {
    return this.hooks[Symbol.iterator]();
  }

  /** Removes them from the modules, keeping the stored values. */
  remove(): void {
    for (const hook of this.hooks) hook.remove();
  }

  /** Removes them from the modules and disposes of the stored values. */
  dispose(): void {
    for (const hook of this.hooks) hook.dispose();
  }
}

/** Options of {@link hookOutput} and {@link hookOutputs}. */
export interface HookOutputOptions {
  /** Whether the stored tensor is detached from the gradient (default true). */
  detach?: boolean;
  /** Whether to store the gradient of the output rather than the output (default false). */
  grad?: boolean;
}

/**
 * A hook that stores a module's output, or its gradient.
 *
 * Source: fastai `callback/hook.py`, `hook_output`.
 *
 * @example
 * const hook = hookOutput(model.at(0), { grad: true }); // for Grad-CAM
 */
export function hookOutput(module: Module, options: HookOutputOptions = {}): Hook<tf.Tensor> {
  return new Hook(module, returnOutput, forHooks(options));
}

/**
 * Hooks that store the outputs of modules, or their gradients.
 *
 * Source: fastai `callback/hook.py`, `hook_outputs`.
 */
export function hookOutputs(modules: readonly Module[], options: HookOutputOptions = {}): Hooks<tf.Tensor> {
  return new Hooks(modules, returnOutput, forHooks(options));
}

function returnOutput(_module: Module, _inputs: tf.Tensor[], output: tf.Tensor): tf.Tensor {
  return output;
}

function forHooks({ detach = true, grad = false }: HookOutputOptions): HookOptions {
  return { detach, isForward: !grad };
}

function detached(tensor: tf.Tensor): tf.Tensor {
  return withoutGradient(() => tensor.clone());
}

/** A clone, which copies no data, kept beyond the current scope. */
function kept(tensor: tf.Tensor): tf.Tensor {
  return tf.keep(tensor.clone());
}
