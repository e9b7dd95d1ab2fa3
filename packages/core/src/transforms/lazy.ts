/**
 * A value that is computed when it is needed. Transforms that set `takesLazy` add their work to it, so that all of it is
 * done in one pass; any other transform is given the computed value.
 */
export abstract class Lazy<T> {
  /** Computes the value; where it is a tensor, the caller disposes of it. */
  abstract compute(): T;
}

/** The value, computed if it is lazy. */
export function computed<T>(value: T | Lazy<T>): T {
  return value instanceof Lazy ? value.compute() : value;
}
