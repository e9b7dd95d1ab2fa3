/**
 * A value that is computed when it is needed, so that transforms that know of it can add to the work, and all of it
 * is done at once. A transform that does not say that it `takesDeferred` gets the value computed.
 */
export abstract class Deferred<T> {
  /** Computes the value; the caller's to dispose of where it is a tensor. */
  abstract compute(): T;
}

/** A value, computed where it was deferred. */
export function computed<T>(value: T | Deferred<T>): T {
  return value instanceof Deferred ? value.compute() : value;
}
