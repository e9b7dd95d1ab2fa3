import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { currentPlatform, publishedBinary } from './platforms.js';

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

/** Loads the C++ addon, once: the file that FASTTS_NATIVE_ADDON names, or else one built here, or else the published one. */
export function loadAddon(): LoadResult {
  result ??= load();
  return result;
}

function load(): LoadResult {
  const own = ownPackage();
  if (!own) {
    return { reason: 'it is part of a bundle, without its C++ code: mark @fastts/native as external' };
  }
  const { FASTTS_NATIVE_ADDON: chosen } = process.env;
  if (chosen) return loadFile(resolve(chosen), own.version);
  const built = builtHere(own);
  if (built?.addon) return built;
  const other = published(own.version);
  return other.addon || !built ? other : built;
}

/** The addon that was compiled on this machine, if there is one. */
function builtHere({ folder, version }: OwnPackage): LoadResult | undefined {
  const { builtAddon, isFresh } = createRequire(join(folder, 'package.json'))('./scripts/build.js');
  const file: string | undefined = builtAddon();
  if (!file) return undefined;
  if (isFresh(file)) return loadFile(file, version);
  return { reason: `${file} is older than its C++ sources: run npm run build` };
}

function published(version: string): LoadResult {
  const build = `compile it by ${SETUP}`;
  const platform = currentPlatform();
  if (!platform) {
    return { reason: `there is no binary for ${process.platform} on ${process.arch}: ${build}` };
  }
  const name = `@fastts/native-${platform}`;
  const file = publishedBinary(platform);
  if (!file) {
    return {
      reason: `the optional package ${name} is not installed: run npm install ${name}@${version}, or ${build}`,
    };
  }
  const found: string = JSON.parse(readFileSync(join(dirname(file), 'package.json'), 'utf8')).version;
  if (found === version) return loadFile(file, version);
  return {
    reason: `${name} has version ${found}, but @fastts/native has ${version}: run npm install ${name}@${version}`,
  };
}

/** The command that compiles the addon. */
const SETUP = 'npx fastts setup native';

function loadFile(file: string, version: string): LoadResult {
  try {
    return { addon: createRequire(file)(file) as Addon, version };
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: error };
    return { reason: `${file} could not be loaded: ${message}` };
  }
}

interface OwnPackage {
  folder: string;
  version: string;
}

/** The folder and the version of this package; `null` in a bundle, which contains its code only. */
function ownPackage(): OwnPackage | null {
  const folder = join(__dirname, '..');
  try {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    return name === '@fastts/native' ? { folder, version } : null;
  } catch {
    return null;
  }
}
