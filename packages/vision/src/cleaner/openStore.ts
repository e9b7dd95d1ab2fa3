import { node } from '@fastts/core';
import { type CleanerItem, commonFolder } from './cleanerItems.js';
import type { CleanerOptions } from './cleanerOptions.js';
import { LabelFolders } from './labelFolders.js';
import { LabelTable } from './labelTable.js';

/** @throws DataError when a label is not stored where the options say. */
export async function openStore(
  items: readonly CleanerItem[],
  { path, removed, labels, ...table }: CleanerOptions,
): Promise<LabelFolders | LabelTable> {
  const above = labels === undefined ? '../..' : '..';
  const folder = path ?? commonFolder(items.map((item) => node.path.resolve(item.path, above)));
  const store =
    labels === undefined
      ? new LabelFolders({ path: folder, removed })
      : await LabelTable.open({ path: folder, labels, ...table });
  for (const item of items) store.check(item.path, String(item.label));
  return store;
}
