import { node } from '@fastts/core';
import { DataLoader, type Datasets } from '@fastts/data';
import type { BatchSource } from '../loop/batch.js';

/** A short text that is equal for sources of the same batches of items: the number and the names of items, without their folder. */
export function dataOf(source: BatchSource<unknown, unknown>): string {
  if (!(source instanceof DataLoader)) return `${source.length} batches`;
  const { n, bs, length, dataset } = source;
  return `${n} items in ${length} batches of ${bs}, ${digestOf(dataset)}`;
}

const digests = new WeakMap<Datasets, string>();

/** A digest of the names of a data set's items, in order. */
function digestOf(dataset: Datasets): string {
  const known = digests.get(dataset);
  if (known) return known;
  const digest = digestOfNames(Array.from({ length: dataset.length }, (_, i) => dataset.describe(i)));
  digests.set(dataset, digest);
  return digest;
}

/** A digest of names of items, without the folder that they have in common. */
export function digestOfNames(names: readonly string[]): string {
  const paths = names.map((name) => name.replaceAll('\\', '/'));
  const start = commonFolder(paths).length;
  const hash = node.crypto.createHash('sha256');
  for (const path of paths) hash.update(`${path.slice(start)}\0`);
  return hash.digest('hex').slice(0, 16);
}

/** The longest start of all names that ends with a slash; it may differ between machines. */
function commonFolder(names: readonly string[]): string {
  let common = names[0] ?? '';
  for (const name of names) {
    while (!name.startsWith(common)) common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  }
  return common.slice(0, common.lastIndexOf('/') + 1);
}
