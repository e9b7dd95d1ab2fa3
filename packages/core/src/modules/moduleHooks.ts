import * as tf from '@tensorflow/tfjs-core';
import type { Module } from './module.js';

/**
 * Called after a module's `forward` with its inputs and its output. A tensor that it returns replaces the output.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing must fit
export type ForwardHook = (module: Module, inputs: tf.Tensor[], output: tf.Tensor) => tf.Tensor | void;

/** Called with the gradient of a module's output. */
export type BackwardHook = (module: Module, gradient: tf.Tensor) => void;

/** Removes a hook. */
export interface HookHandle {
  remove(): void;
}

/** The hooks of one module. */
interface ModuleHooks {
  readonly forward: ForwardHook[];
  readonly backward: BackwardHook[];
  /** A `forward` that had replaced the class's. */
  readonly replaced: Module['forward'] | undefined;
}

const hooksOf = new WeakMap<Module, ModuleHooks>();

/**
 * Adds a hook to a module.
 *
 * A module with hooks has its own `forward`, which calls the class's and then the hooks. It is removed with the last hook:
 * a module without hooks has no overhead, and one with hooks is not {@link isPlain}.
 */
export function addHook<K extends 'forward' | 'backward'>(
  module: Module,
  kind: K,
  hook: ModuleHooks[K][number],
): HookHandle {
  const hooks = hooksOf.get(module) ?? install(module);
  const list = hooks[kind] as (typeof hook)[];
  list.push(hook);
  let isThere = true;
  return {
    remove: () => {
      if (!isThere) return;
      isThere = false;
      list.splice(list.indexOf(hook), 1);
      if (hooks.forward.length + hooks.backward.length === 0) uninstall(module);
    },
  };
}

/**
 * Whether `module` is exactly of this class, without hooks and without a replaced `forward`. Code that fuses a module with
 * others must check this first.
 */
export function isPlain<T extends Module>(
  module: Module | undefined,
  type: abstract new (...args: never[]) => T,
): module is T {
  return module instanceof type && module.forward === type.prototype.forward;
}

function install(module: Module): ModuleHooks {
  const { forward } = module;
  const replaced = Object.hasOwn(module, 'forward') ? forward : undefined;
  const hooks: ModuleHooks = { forward: [], backward: [], replaced };
  module.forward = (...inputs) => {
    let output = forward.apply(module, inputs);
    for (const hook of [...hooks.forward]) output = hook(module, inputs, output) ?? output;
    return hooks.backward.length > 0 ? withGradientSeen(module, output, [...hooks.backward]) : output;
  };
  hooksOf.set(module, hooks);
  return hooks;
}

function uninstall(module: Module): void {
  const { replaced } = hooksOf.get(module)!;
  if (replaced) module.forward = replaced;
  else Reflect.deleteProperty(module, 'forward');
  hooksOf.delete(module);
}

/** The same tensor; its gradient is passed to the hooks. */
function withGradientSeen(module: Module, output: tf.Tensor, hooks: readonly BackwardHook[]): tf.Tensor {
  return tf.customGrad((value) => ({
    value: (value as tf.Tensor).clone(),
    gradFunc: (dy: tf.Tensor) => {
      for (const hook of hooks) hook(module, dy);
      return dy;
    },
  }))(output);
}
