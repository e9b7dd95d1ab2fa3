import { log, node } from '@fastts/core';
import fs from 'fs-extra';

/**
 * Runs `work` while holding a lock file, exclusively among processes and within this one. The lock of a dead process is
 * ignored.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await fs.mkdir(node.path.dirname(file), { recursive: true });
  for (let waited = 0; !(await tryLock(file)); waited++) {
    if (waited === 4) log(`Waiting for another process that is downloading the same file (${file}).`);
    await node.timers.promises.setTimeout(250);
  }
  try {
    return await work();
  } finally {
    await fs.rm(file, { force: true });
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    await fs.writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = Number(await fs.readFile(file, 'utf8').catch(() => ''));
    // The holder of an empty file has not written its process id yet.
    if (holder > 0 && !isAlive(holder)) await fs.rm(file, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
