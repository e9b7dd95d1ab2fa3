import { Module, ReLU } from '@fastts/core';

/**
 * The activation that a layer is to have: a class such as `Mish`, or a function that makes one, such as
 * `() => new LeakyReLU(0.1)`.
 */
export type ActCls = (new () => Module) | (() => Module);

/** The activation that models take by default. */
export const defaultActivation: ActCls = ReLU;

/** A new activation. */
export function makeActivation(actCls: ActCls): Module {
  return isModuleClass(actCls) ? new actCls() : actCls();
}

function isModuleClass(actCls: ActCls): actCls is new () => Module {
  return actCls.prototype instanceof Module;
}
