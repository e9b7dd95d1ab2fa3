import { registerBackend } from '@tensorflow/tfjs-core';
import { loadAddon } from './addon.js';
import { NativeBackend } from './backend.js';
import { registerKernels } from './kernel.js';
import { allKernels } from './kernels/all.js';

/** The name under which the backend is registered with TensorFlow.js. */
const NAME = 'native';
// tfjs's CPU backend has 1.
const PRIORITY = 5;

/** Whether the engine is available, and if not, why. */
export interface NativeStatus {
  readonly available: boolean;
  /** The reason, as one clause; absent if the engine is available. */
  readonly reason?: string;
}

/** The running engine. */
export interface NativeInfo {
  /** The instruction set in use: `avx512`, `avx2`, `neon` or `portable`. FASTTS_ISA forces one. */
  readonly isa: string;
  /** Number of threads: FASTTS_NUM_THREADS, or by default the number of physical cores. */
  readonly threads: number;
  readonly version: string;
}

const loaded = loadAddon();
if (loaded.addon) {
  const { addon } = loaded;
  if (addon.isaError) process.stderr.write(`fastts: ${addon.isaError}\n`);
  registerKernels(NAME, allKernels);
  registerBackend(NAME, () => new NativeBackend(addon), PRIORITY);
}

/** Returns whether the backend `native` is registered, and if not, why. */
export function nativeStatus(): NativeStatus {
  return loaded.addon ? { available: true } : { available: false, reason: loaded.reason };
}

/** Returns the instruction set and the number of threads; throws when the engine is not available. */
export function nativeInfo(): NativeInfo {
  const { addon, version } = loadedOrThrow();
  return { isa: addon.isa, threads: addon.threads(), version };
}

/**
 * Sets the number of threads that kernels use.
 *
 * @param count An integer from 1 to 256.
 */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new RangeError(`The number of threads must be an integer from 1 to 256, got ${count}.`);
  }
  loadedOrThrow().addon.setThreads(count);
}

/**
 * Measures the peak rate of the multiply-add units with the current instruction set and threads, to which benchmarks
 * compare kernels. It takes about 50 ms.
 *
 * @returns GFLOP/s, the best of a few measurements.
 */
export function measurePeak(): number {
  return loadedOrThrow().addon.measurePeak();
}

function loadedOrThrow() {
  if (loaded.addon) return loaded;
  throw new Error(`The native engine is not available: ${loaded.reason}.`);
}
