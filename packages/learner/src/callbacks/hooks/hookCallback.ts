import { flattenModel, Hooks, type Module } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';

/** Settings of {@link HookCallback}. */
export interface HookCallbackOptions {
  /** What to hook (default all of the model's innermost modules that have parameters). */
  modules?: readonly Module[];
  /** Hook at every so many training batches only (default: all the time). */
  every?: number;
  /** Whether hooks are removed when the fit, validation or prediction ends (default true). */
  removeEnd?: boolean;
  /** Whether to look at outputs (default), rather than at their gradients. */
  isForward?: boolean;
  /** Whether `hook` gets tensors through which no gradient flows (default true). */
  detach?: boolean;
  /** Whether innermost modules without parameters are among the default ones (default false). */
  includeParamless?: boolean;
}

/**
 * Looks into a model while it trains, validates or predicts: hooks its modules, of which `hook` stores something at each
 * call.
 *
 * Source: fastai `callback/hook.py`, `HookCallback`.
 *
 * @typeParam T what is stored
 * @example
 * class Shapes extends HookCallback<number[]> {
 *   protected override hook = (module: Module, inputs: tf.Tensor[], output: tf.Tensor) => output.shape;
 * }
 */
export abstract class HookCallback<T> extends Callback {
  /** The modules that are hooked, from the first run on. */
  modules: readonly Module[] | null;
  /** The hooks, once they are registered. */
  hooks: Hooks<T> | null = null;

  protected readonly every: number | undefined;
  private readonly removeEnd: boolean;
  private readonly isForward: boolean;
  private readonly detach: boolean;
  private readonly includeParamless: boolean;

  constructor(options: HookCallbackOptions = {}) {
    super();
    this.modules = options.modules ?? null;
    this.every = options.every;
    this.removeEnd = options.removeEnd ?? true;
    this.isForward = options.isForward ?? true;
    this.detach = options.detach ?? true;
    this.includeParamless = options.includeParamless ?? false;
  }

  /** What to store of a call, or with `isForward: false` of the gradient of its output. */
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

  /** Whether the current batch is one to look at. */
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
