/**
 * A value that is computed on demand. Transforms that set `takesLazy` add their work to it, so that all of it is done in
 * one pass; other transforms receive the computed value.
 */
export abstract class Lazy<T> {
  /** Computes the value; if it is a tensor, the caller disposes of it. */
  abstract compute(): T;
}

/** The value, computed if it is lazy. */
export function computed<T>(value: T | Lazy<T>): T {
  return value instanceof Lazy ? value.compute() : value;
}
