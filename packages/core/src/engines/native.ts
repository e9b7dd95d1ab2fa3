import { isNode } from '../node.js';
import { importOptional, setBackend } from './backend.js';
import type { Engine } from './engine.js';

/** The C++ engine for CPUs, from the package `@fastts/native`. */
export const nativeEngine: Engine = {
  name: 'native',
  async start() {
    if (!isNode()) throw new Error('it runs in Node only');
    const { nativeStatus, nativeInfo } = await importOptional<NativePackage>('@fastts/native');
    const { available, reason } = nativeStatus();
    if (!available) throw new Error(reason);
    await setBackend('native');
    const { isa, threads } = nativeInfo();
    return `C++, ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  },
};

/** The part of `@fastts/native` used here. Core must work without the package. */
interface NativePackage {
  nativeStatus(): { available: boolean; reason?: string };
  nativeInfo(): { isa: string; threads: number };
}
