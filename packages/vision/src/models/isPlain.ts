import type { Module } from '@fastts/core';

/** Whether `module` does what its class does: what somebody put in place of that must be called. */
export function isPlain<T extends Module>(
  module: Module | undefined,
  type: new (...args: never[]) => T,
): module is T {
  return module instanceof type && module.forward === type.prototype.forward;
}
