import { type PlatformName, platforms } from '../../native/src/platforms.js';
import { type MachineCode, readMachineCode } from './machineCode.js';

/** What every system of a platform has. */
const always: Record<'glibc' | 'musl' | 'darwin' | 'win32', RegExp> = {
  glibc: /^(lib(c|m|pthread|dl|rt)\.so\.\d|ld-linux-(x86-64|aarch64)\.so\.\d)$/,
  musl: /^libc\.so$/,
  darwin: /^\/usr\/lib\/lib(System\.B|c\+\+\.1|c\+\+abi)\.dylib$/,
  // Those of Windows 10, and Node, which provides Node-API.
  win32: /^(node\.exe|kernel32\.dll|ntdll\.dll|ucrtbase\.dll|api-ms-win-.*\.dll)$/i,
};

/** What Node calls. */
const entryPoints = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];

/** What Zig's linker exports on macOS besides: `new` and `delete`, which the system replaces by its own, and two marks of the linker. */
const harmless = /^(_Z(n[aw]|d[al])\w*|_mh_dylib_header|__dso_handle)$/;

/**
 * Checks that a binary is for a platform, needs nothing that a system of it may lack, and offers what Node calls and nothing else.
 *
 * @throws Error that says what is wrong.
 */
export function checkBinary(file: string, platform: PlatformName, oldest: string | undefined): MachineCode {
  const { os, cpu, ...rest } = platforms.find(({ name }) => name === platform)!;
  const code = readMachineCode(file);
  const fail = (what: string) => {
    throw new Error(`The binary for ${platform}, ${file}, ${what}.`);
  };
  if (code.os !== os || code.cpu !== cpu) fail(`is for ${code.os} on ${code.cpu}`);
  const known = always['libc' in rest ? rest.libc : (os as 'darwin' | 'win32')];
  const unknown = code.libraries.filter((library) => !known.test(library));
  if (unknown.length > 0) fail(`needs ${unknown.join(', ')}`);
  const exported = code.exports.filter((name) => os !== 'darwin' || !harmless.test(name)).sort();
  if (exported.join() !== entryPoints.join()) fail(`exports ${exported.join(', ')}`);
  if (code.oldest !== undefined && oldest !== undefined && isNewer(code.oldest, oldest)) {
    fail(`needs ${os === 'linux' ? 'glibc' : 'macOS'} ${code.oldest}, which is newer than ${oldest}`);
  }
  return code;
}

function isNewer(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) > 0;
}
