import { relative, sep } from 'node:path';
import { csvLine, type DataLoaders, readCsvCells, type Split, writeFileWhole } from '../index.js';

/** The file beside a model that says which pictures it was trained with: one line per picture, relative to the data's folder. */
export const SPLIT_FILE = 'split.csv';

/** Writes the sets of data loaders whose items are paths. */
export async function writeSplit(file: string, folder: string, dls: DataLoaders): Promise<void> {
  const lines = [csvLine(['image', 'set'])];
  for (const split of ['train', 'valid'] as const) {
    for (const path of dls[split].dataset.items) {
      lines.push(csvLine([nameIn(folder, String(path)), split]));
    }
  }
  await writeFileWhole(file, lines.join(''));
}

/** The sets by the name of the picture that {@link nameIn} returns. */
export async function readSplit(file: string): Promise<ReadonlyMap<string, Split>> {
  const [, ...lines] = await readCsvCells(file);
  return new Map(lines.map(([image, set]) => [image!, set === 'valid' ? 'valid' : 'train']));
}

/** A picture's path relative to the folder of the data, with `/`. */
export function nameIn(folder: string, path: string): string {
  return relative(folder, path).replaceAll(sep, '/');
}
