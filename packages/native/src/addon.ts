import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What a C++ kernel takes: arrays, numbers, and null for an array that is not given. */
export type KernelArgument =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | number
  | boolean
  | null
  | undefined;

/** The C++ side (cpp/addon/addon.cc). */
export interface Addon {
  /** Readies a new buffer that will be recycled; gives the offset in it at which vectors are aligned. */
  prepare(buffer: ArrayBuffer): number;
  /** Gives a buffer's memory back at once; nothing may use it afterwards. */
  release(buffer: ArrayBuffer): void;
  threads(): number;
  setThreads(count: number): void;
  /** What the multiply-add units of the threads do at most, in GFLOP/s. */
  measurePeak(): number;
  /** The instruction set in use. */
  readonly isa: string;
  /** The instruction sets that this machine can run, best first. */
  readonly isas: readonly string[];
  /** Why FASTTS_ISA was not honoured. */
  readonly isaError?: string;
  /** The lists of {@link nameLists} that C++ has, each one's names in one string. */
  readonly names: Readonly<Record<string, string>>;
  readonly kernels: Readonly<Record<string, (...args: KernelArgument[]) => void>>;
}

/** The addon, or a sentence that says why there is none and what helps. */
export type LoadResult = { addon: Addon; reason?: undefined } | { addon?: undefined; reason: string };

const packageRoot = join(__dirname, '..');
const script = join(packageRoot, 'scripts', 'build.js');
const requireFile = createRequire(__filename);

let result: LoadResult | undefined;

/**
 * Loads the C++ addon, once: the binary that the package carries, else the one built at install, else one built now,
 * where there is a compiler.
 */
export function loadAddon(): LoadResult {
  result ??= load();
  return result;
}

function load(): LoadResult {
  const { ADDON, NO_COMPILER, buildFolder, isFresh, prebuiltPath } = requireFile(script);
  const prebuilt = tryLoad(prebuiltPath());
  if (prebuilt.addon) return prebuilt;

  const folder = buildFolder();
  const built = join(folder, ADDON);
  if (existsSync(built) && isFresh(built)) {
    const loaded = tryLoad(built);
    if (loaded.addon) return loaded;
  }
  const first = existsSync(built) ? 'again, as its sources changed' : 'once, some 30 s';
  process.stderr.write(`fastts: building the native engine (${first}) …\n`);
  const { status } = spawnSync(process.execPath, [script, '--out', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === 0 || existsSync(built)) return tryLoad(built);
  if (status === NO_COMPILER)
    return { reason: 'it has no binary for this machine, and there is no C++ compiler' };
  return { reason: 'its C++ code could not be built (see above)' };
}

function tryLoad(file: string): LoadResult {
  if (!existsSync(file)) return { reason: `${file} does not exist` };
  try {
    return { addon: requireFile(file) as Addon };
  } catch (error) {
    return { reason: `${file} could not be loaded: ${error instanceof Error ? error.message : error}` };
  }
}
