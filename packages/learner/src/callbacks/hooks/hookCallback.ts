import { checkInteger, flattenModel, Hooks, type Module } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';

/** Options of {@link HookCallback}. */
export interface HookCallbackOptions {
  /** The modules to hook (default: all leaf modules that have parameters). */
  modules?: readonly Module[];
  /** Hook only every this many training batches (default: always). */
  every?: number;
  /** Whether hooks are removed when the fit, validation or prediction ends (default true). */
  removeEnd?: boolean;
  /** Whether to hook outputs (default true), rather than their gradients. */
  isForward?: boolean;
  /** Whether `hook` receives detached tensors (default true). */
  detach?: boolean;
  /** Whether the default modules include leaf modules without parameters (default false). */
  includeParamless?: boolean;
}

/**
 * Inspects a model during training, validation or prediction: hooks its modules and stores what `hook` returns for each
 * call.
 *
 * Source: fastai `callback/hook.py`, `HookCallback`.
 *
 * @typeParam T The stored type.
 * @example
 * class Shapes extends HookCallback<number[]> {
 *   protected override hook = (module: Module, inputs: tf.Tensor[], output: tf.Tensor) => output.shape;
 * }
 */
export abstract class HookCallback<T> extends Callback {
  /** The hooked modules, set on the first run. */
  modules: readonly Module[] | null;
  /** The hooks, once registered. */
  hooks: Hooks<T> | null = null;

  protected readonly every: number | undefined;
  private readonly removeEnd: boolean;
  private readonly isForward: boolean;
  private readonly detach: boolean;
  private readonly includeParamless: boolean;

  constructor(options: HookCallbackOptions = {}) {
    super();
    if (options.every !== undefined) checkInteger('every', options.every, { min: 1 });
    this.modules = options.modules ?? null;
    this.every = options.every;
    this.removeEnd = options.removeEnd ?? true;
    this.isForward = options.isForward ?? true;
    this.detach = options.detach ?? true;
    this.includeParamless = options.includeParamless ?? false;
  }

  /** Returns the value to store for a call, or with `isForward: false` for the gradient of its output. */
  protected abstract hook(module: Module, inputs: tf.Tensor[], output: tf.Tensor): T;

  override beforeFit(): void {
    this.modules ??= flattenModel(this.learn.model).filter(
      (module) => this.includeParamless || module.parameters().length > 0,
    );
    if (this.every === undefined) this.register();
  }

  override beforeBatch(): void {
    if (this.every !== undefined && this.isDue) this.register();
  }

  override afterBatch(): void {
    if (this.every !== undefined && this.isDue) this.hooks?.dispose();
  }

  override cleanUp(): void {
    if (this.removeEnd) this.hooks?.dispose();
  }

  /** Removes the hooks, and disposes of what they stored. */
  override dispose(): void {
    this.hooks?.dispose();
  }

  /** Whether to hook the current batch. */
  protected get isDue(): boolean {
    const { training, trainIter } = this.learn;
    return training && trainIter % (this.every ?? 1) === 0;
  }

  private register(): void {
    this.hooks?.dispose();
    const hookFunc = (module: Module, inputs: tf.Tensor[], output: tf.Tensor) =>
      this.hook(module, inputs, output);
    this.hooks = new Hooks(this.modules!, hookFunc, { isForward: this.isForward, detach: this.detach });
  }
}
