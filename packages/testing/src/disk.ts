import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A small real file system. */
export interface Disk {
  path: string;
  /** Makes it read-only, or writable again. */
  setReadOnly(readOnly: boolean): void;
  unmount(): void;
}

/** Mounts a file system in memory of this many kibibytes; `undefined` where this user may not mount. */
export function smallDisk(kibibytes: number, options = 'mode=777'): Disk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'fastts-disk-'));
  const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' });
  try {
    mount('-t', 'tmpfs', '-o', `size=${kibibytes}k,${options}`, 'none', path);
  } catch {
    rmdirSync(path);
    return undefined;
  }
  return {
    path,
    setReadOnly: (readOnly) => void mount('-o', `remount,${readOnly ? 'ro' : 'rw'}`, path),
    unmount() {
      execFileSync('umount', ['-l', path]);
      rmdirSync(path);
    },
  };
}
