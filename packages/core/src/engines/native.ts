import { importOptional, setBackend } from './backend.js';
import type { Engine } from './engine.js';

/** The C++ engine for CPUs, of the package `@fastts/native`. */
export const nativeEngine: Engine = {
  name: 'native',
  async start() {
    const { nativeStatus, nativeInfo } = (await importOptional('@fastts/native')) as unknown as NativePackage;
    const { available, reason } = nativeStatus();
    if (!available) throw new Error(reason);
    await setBackend('native');
    const { isa, threads } = nativeInfo();
    return `C++, ${isa}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  },
};

/** What of `@fastts/native` is used here; core must not need the package to be there. */
interface NativePackage {
  nativeStatus(): { available: boolean; reason?: string };
  nativeInfo(): { isa: string; threads: number };
}
