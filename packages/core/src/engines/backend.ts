import * as tf from '@tensorflow/tfjs-core';

/**
 * Imports a package that may not be installed.
 *
 * @typeParam Exports What the caller uses of the package, which is not checked.
 * @throws Error with a one-sentence reason when the package is not installed or fails to load.
 */
export async function importOptional<Exports = unknown>(name: string): Promise<Exports> {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  } catch (error) {
    const message = firstLine(error);
    const isAbsent = message.includes(`'${name}'`) && /cannot find|failed to resolve/i.test(message);
    throw new Error(isAbsent ? `${name} is not installed` : `${name} does not load: ${message}`);
  }
}

/**
 * Makes a backend registered with tfjs the current one.
 *
 * @throws Error when it fails to start.
 */
export async function setBackend(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`its backend did not start`);
}

/** Whether a backend of this name is registered with tfjs, by this library or by the program. */
export function isRegistered(name: string): boolean {
  return tf.engine().registryFactory[name] !== undefined;
}

/** The first line of an error's message. */
export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message
    .trim()
    .split('\n', 1)[0]!
    .replace(/[.:\s]+$/, '');
}
