import { nameOf } from '@fastts/core';
import { CallbackError } from '../errors.js';
import type { Callback, CallbackClass } from './callback.js';

/**
 * The callbacks in the order in which they run: by `order`, then moved according to `runsAfter` and `runsBefore`.
 *
 * @throws CallbackError when these are cyclic.
 */
export function inRunningOrder(callbacks: readonly Callback[]): Callback[] {
  const waiting = [...callbacks].sort((a, b) => a.order - b.order);
  const ordered: Callback[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex((callback) => waiting.every((other) => !mustPrecede(other, callback)));
    if (next < 0) {
      const names = waiting.map((callback) => nameOf(callback)).join(', ');
      throw new CallbackError(
        `The callbacks ${names} must run after each other, which is a cycle: remove one of their runsAfter or runsBefore.`,
      );
    }
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

function mustPrecede(first: Callback, second: Callback): boolean {
  return first !== second && (isOneOf(first, second.runsAfter) || isOneOf(second, first.runsBefore));
}

function isOneOf(callback: Callback, classes: readonly CallbackClass[]): boolean {
  return classes.some((kind) => callback instanceof kind);
}
