import { node, syncFolder } from '@fastts/core';
import fs from 'fs-extra';
import { parallel } from '../loading/parallel.js';

/** Waits until all files of a folder, and what is in its folders, are on the disk. Links are not followed. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await fs.promises.readdir(folder, { withFileTypes: true });
  const pathsOf = (isKind: (entry: (typeof entries)[number]) => boolean) =>
    entries.filter(isKind).map(({ name }) => node.path.join(folder, name));
  await parallel(
    syncFile,
    pathsOf((entry) => entry.isFile()),
    { nWorkers: 16 },
  );
  for (const inner of pathsOf((entry) => entry.isDirectory())) await syncTree(inner);
  await syncFolder(folder);
}

async function syncFile(path: string): Promise<void> {
  // Windows syncs only what may be written.
  const handle = await fs.promises.open(path, process.platform === 'win32' ? 'r+' : 'r');
  await handle.sync().finally(() => handle.close());
}
