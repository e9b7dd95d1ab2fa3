import type { NativeInfo, NativeStatus } from './register.js';

// What a bundle for the browser takes in place of the engine: the same names, and nothing behind them.

const reason = 'it is machine code, which a browser does not run';

/** Says that there is no native engine in a browser. */
export function nativeStatus(): NativeStatus {
  return { available: false, reason };
}

/** Throws: there is no native engine in a browser. */
export function nativeInfo(): NativeInfo {
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
