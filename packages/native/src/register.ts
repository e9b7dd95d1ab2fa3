import { registerBackend } from '@tensorflow/tfjs-core';
import { loadAddon } from './addon.js';
import { NativeBackend } from './backend.js';
import { registerKernels } from './kernel.js';
import { allKernels } from './kernels/all.js';
import { version } from './version.js';

/** The name under which the backend is registered with TensorFlow.js. */
const NAME = 'native';
// tfjs's CPU backend has 1.
const PRIORITY = 5;

/** Whether the engine runs here, and if not, why. */
export interface NativeStatus {
  readonly available: boolean;
  /** One clause that says what is missing; absent when it is available. */
  readonly reason?: string;
}

/** What runs. */
export interface NativeInfo {
  /** The instruction set in use: `avx512`, `avx2`, `neon` or `portable`. FASTTS_ISA forces one. */
  readonly isa: string;
  /** Threads that kernels use. FASTTS_NUM_THREADS, else the physical cores. */
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

/** Says whether the backend `native` is registered, and if not, why. */
export function nativeStatus(): NativeStatus {
  return loaded.addon ? { available: true } : { available: false, reason: loaded.reason };
}

/** Says what the backend runs on; throws when it is not available. */
export function nativeInfo(): NativeInfo {
  const { isa, threads } = addonOrThrow();
  return { isa, threads: threads(), version };
}

/**
 * Sets how many threads kernels use.
 *
 * @param count 1 to 256
 */
export function setNumThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new RangeError(`The number of threads must be a whole number from 1 to 256, but is ${count}.`);
  }
  addonOrThrow().setThreads(count);
}

/**
 * Measures what the multiply-add units do at most with the instruction set and the threads in use: what benchmarks
 * hold kernels against. It takes some 50 ms.
 *
 * @returns GFLOP/s, of the best of a few tries
 */
export function measurePeak(): number {
  return addonOrThrow().measurePeak();
}

function addonOrThrow() {
  if (loaded.addon) return loaded.addon;
  throw new Error(`The native engine is not available: ${loaded.reason}.`);
}
