import type { NativeInfo, NativeStatus } from './register.js';

// Replaces the engine in a bundle for the browser: the same exports, which report that it is not available.

const reason = 'it is machine code, which browsers cannot run';

/** Reports that there is no native engine in a browser. */
export function nativeStatus(): NativeStatus {
  return { available: false, reason };
}

/** Throws: there is no native engine in a browser. */
export function nativeInfo(): NativeInfo {
  throw new Error(`The native engine is not available: ${reason}.`);
}

/** Throws: there is no native engine in a browser. */
export function buildNative(): void {
  throw new Error(`The native engine is not available: ${reason}.`);
}

/** Throws: there is no native engine in a browser. */
export function setNumThreads(_count: number): void {
  throw new Error(`The native engine is not available: ${reason}.`);
}

/** Throws: there is no native engine in a browser. */
export function measurePeak(): number {
  throw new Error(`The native engine is not available: ${reason}.`);
}
