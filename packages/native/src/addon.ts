import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** An argument of a C++ kernel: an array, a number, or null for an omitted array. */
export type KernelArgument =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint8Array
  | number
  | boolean
  | null
  | undefined;

/**
 * The C++ addon (cpp/addon/addon.cc).
 *
 * Its functions may be called with anything: they throw a TypeError or a RangeError that names the argument if it is of
 * another type, too short, or out of range.
 */
export interface Addon {
  /** Prepares a new buffer for recycling; returns the offset at which vectors are aligned. */
  prepare(buffer: ArrayBuffer): number;
  /** Frees a buffer's memory immediately; arrays of it are then empty. */
  release(buffer: ArrayBuffer): void;
  threads(): number;
  /** `count`: an integer from 1 to 256. */
  setThreads(count: number): void;
  /** Peak rate of the threads' multiply-add units, in GFLOP/s. */
  measurePeak(): number;
  /** The instruction set in use. */
  readonly isa: string;
  /** The instruction sets that this machine supports, best first. */
  readonly isas: readonly string[];
  /** Why FASTTS_ISA was ignored. */
  readonly isaError?: string;
  /** C++'s copies of {@link nameLists}, each list as one string. */
  readonly names: Readonly<Record<string, string>>;
  readonly kernels: Readonly<Record<string, (...args: KernelArgument[]) => void>>;
  /** The names of each kernel's arguments, separated by `, `. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The addon and the package's version, or the reason why it cannot be loaded. */
export type LoadResult =
  | { addon: Addon; version: string; reason?: undefined }
  | { addon?: undefined; reason: string };

let result: LoadResult | undefined;

/**
 * Loads the C++ addon, once: the prebuilt binary, or else the one built at install, or else one built now if there is a
 * compiler.
 */
export function loadAddon(): LoadResult {
  result ??= load();
  return result;
}

function load(): LoadResult {
  const own = ownPackage();
  if (!own) {
    return { reason: 'it is part of a bundle, without its C++ code: mark @fastts/native as external' };
  }
  const requireFile = createRequire(join(own.folder, 'package.json'));
  const tryLoad = (file: string): LoadResult => {
    if (!existsSync(file)) return { reason: `${file} does not exist` };
    try {
      return { addon: requireFile(file) as Addon, version: own.version };
    } catch (error) {
      return { reason: `${file} could not be loaded: ${error instanceof Error ? error.message : error}` };
    }
  };
  const script = join(own.folder, 'scripts', 'build.js');
  const { ADDON, NO_COMPILER, buildFolder, isFresh, prebuiltPath } = requireFile(script);
  const prebuilt = tryLoad(prebuiltPath());
  if (prebuilt.addon) return prebuilt;

  const folder = buildFolder();
  const built = join(folder, ADDON);
  if (existsSync(built) && isFresh(built)) {
    const loaded = tryLoad(built);
    if (loaded.addon) return loaded;
  }
  const first = existsSync(built) ? 'again, because its sources changed' : 'once, about 30 s';
  process.stderr.write(`fastts: building the native engine (${first}) …\n`);
  const { status } = spawnSync(process.execPath, [script, '--out', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status === 0 || existsSync(built)) return tryLoad(built);
  if (status === NO_COMPILER)
    return { reason: 'it has no binary for this machine, and no C++ compiler was found' };
  return { reason: 'its C++ code could not be built (see above)' };
}

/** The folder and the version of this package; `null` in a bundle, which contains its code only. */
function ownPackage(): { folder: string; version: string } | null {
  const folder = join(__dirname, '..');
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return name === '@fastts/native' ? { folder, version } : null;
  } catch {
    return null;
  }
}
