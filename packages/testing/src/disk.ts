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
function smallDisk(kibibytes: number, options = 'mode=777'): Disk | undefined {
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

/** A test that needs a small file system; skipped where this user may not mount one. */
export function testOnDisk(
  title: string,
  { kibibytes, options }: { kibibytes: number; options?: string },
  work: (folder: string, disk: Disk) => Promise<void>,
): void {
  const probe = smallDisk(kibibytes, options);
  probe?.unmount();
  if (!probe) {
    test.skip(`${title} (skipped: this user may not mount a file system)`, () => undefined);
    return;
  }
  test(title, async () => {
    const disk = smallDisk(kibibytes, options)!;
    try {
      await work(disk.path, disk);
    } finally {
      disk.unmount();
    }
  });
}
