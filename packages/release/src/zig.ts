import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { PlatformName } from '../../native/src/platforms.js';
import type { Notice } from './packages.js';

/** The release of Zig, a compiler of C++ for all platforms: PyPI's package `ziglang`. */
const VERSION = '0.17.1';
const folder = path.resolve(__dirname, '../../../.cache/ziglang', VERSION);

/** Zig is not there, and cannot be installed. */
export class NoZig extends Error {}

/**
 * Returns the path of Zig's program. It is installed into `.cache/ziglang` by `pip`, some 100 MB, unless it is there.
 *
 * @throws NoZig if there is no Python with pip, or PyPI cannot be reached.
 */
export function findZig(): string {
  const zig = path.join(folder, 'ziglang', process.platform === 'win32' ? 'zig.exe' : 'zig');
  if (existsSync(zig)) return zig;
  console.error(`Installing Zig ${VERSION} to ${folder} …`);
  mkdirSync(folder, { recursive: true });
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--no-deps',
    '--target',
    folder,
  ];
  const { status, stderr, error } = spawnSync(python, [...args, `ziglang==${VERSION}`], { encoding: 'utf8' });
  if (status === 0) return zig;
  rmSync(folder, { recursive: true });
  throw new NoZig(`Zig could not be installed by ${python} -m pip: ${error?.message ?? stderr}`);
}

/** How Zig names a platform, with the oldest version of the system or of its C library on which the binary runs. */
const targets: Record<PlatformName, string> = {
  'linux-x64-gnu': 'x86_64-linux-gnu.2.28',
  'linux-x64-musl': 'x86_64-linux-musl',
  'linux-arm64-gnu': 'aarch64-linux-gnu.2.28',
  'linux-arm64-musl': 'aarch64-linux-musl',
  'darwin-arm64': 'aarch64-macos.11.0',
  'darwin-x64': 'x86_64-macos.10.15',
  'win32-x64': 'x86_64-windows-gnu',
  'win32-arm64': 'aarch64-windows-gnu',
};

/** The version of glibc or of macOS in a platform's target; undefined for others. */
export function oldestOf(platform: PlatformName): string | undefined {
  return /\d+\.\d+$/.exec(targets[platform])?.[0];
}

/** The licences of the code of Zig that it links into a platform's binary: LLVM's C++ library, and for Windows MinGW's start-up code. */
export function zigNotices(platform: PlatformName): Notice[] {
  const libraries = {
    'libc++': 'libcxx/LICENSE.TXT',
    'libc++abi': 'libcxxabi/LICENSE.TXT',
    libunwind: 'libunwind/LICENSE.TXT',
    Zig: '../LICENSE',
    ...(platform.startsWith('win32') ? { 'MinGW-w64': 'libc/mingw/COPYING' } : {}),
  };
  return Object.entries(libraries).map(([title, file]) => ({
    title,
    text: readFileSync(path.join(folder, 'ziglang/lib', file), 'utf8'),
  }));
}

/** Zig as a toolchain of `packages/native/scripts/addon`, for one platform. */
export function zigToolchain(zig: string, platform: PlatformName) {
  const [system, arch] = platform.split('-');
  const machine = arch === 'arm64' ? 'arm64' : 'i386:x86-64';
  return {
    dialect: 'gnu',
    name: `zig for ${platform}`,
    command: zig,
    first: ['c++', '-target', targets[platform]],
    version: VERSION,
    env: process.env,
    target: { platform: system, arch },
    // Without symbols and debug information.
    link: ['-s'],
    importLibrary: (definition: string, file: string) => [
      zig,
      'dlltool',
      ...['-m', machine, '-D', 'node.exe', '-d', definition, '-l', file],
    ],
  };
}
