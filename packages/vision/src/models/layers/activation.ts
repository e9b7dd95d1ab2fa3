import { Module, ReLU } from '@fastts/core';

/**
 * A layer's activation: a class such as `Mish`, or a function that creates one, such as `() => new LeakyReLU(0.1)`.
 */
export type ActCls = (new () => Module) | (() => Module);

/** The default activation of models. */
export const defaultActivation: ActCls = ReLU;

/** A new activation. */
export function makeActivation(actCls: ActCls): Module {
  return isModuleClass(actCls) ? new actCls() : actCls();
}

function isModuleClass(actCls: ActCls): actCls is new () => Module {
  return actCls.prototype instanceof Module;
}
