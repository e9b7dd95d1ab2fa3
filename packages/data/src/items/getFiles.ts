import { node, type OneOrMany, toList } from '@fastts/core';
import fs from 'fs-extra';
import { EmptySourceError } from '../errors.js';
import { composed } from './composed.js';

/** Settings of {@link getFiles}. */
export interface GetFilesOptions {
  /** File name extensions such as `'.png'`, case-insensitive (default: all files). */
  extensions?: Iterable<string>;
  /** Whether to search subfolders (default true). */
  recurse?: boolean;
  /** Search only these subfolders of `path`; `'.'` stands for `path` itself (default: all). */
  folders?: OneOrMany<string>;
}

/**
 * The paths of the files in a folder, sorted by name within each folder, so that the order is the same on every machine.
 * Links are followed, and those that lead nowhere are skipped, like files and folders whose names begin with a dot.
 *
 * Source: fastai `data/transforms.py`, `get_files`.
 *
 * @param path The folder.
 * @throws EmptySourceError when the folder does not exist or contains no such files.
 * @example
 * getFiles('shapes', { extensions: ['.png'], folders: ['train', 'valid'] });
 */
export function getFiles(path: string, options: GetFilesOptions = {}): string[] {
  const { recurse = true } = options;
  const extensions = new Set(Array.from(options.extensions ?? [], (e) => e.toLowerCase()));
  const folders = toList(options.folders).map(composed);
  if (!fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new EmptySourceError(`The folder ${path} does not exist: check the path.`);
  }
  const found: string[] = [];
  const visit = (folder: string, ancestors: readonly string[]) => {
    const { dev, ino } = fs.statSync(folder);
    const id = `${dev}:${ino}`;
    // A link to an ancestor folder would cause endless recursion.
    if (ancestors.includes(id)) return;
    const chooses = recurse && folders.length > 0 && ancestors.length === 0;
    const inside: string[] = [];
    for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort(byName)) {
      const { name } = entry;
      if (name.startsWith('.')) continue;
      const full = node.path.join(folder, name);
      const what = entry.isSymbolicLink() ? targetOf(full) : entry;
      if (what?.isDirectory()) {
        if (recurse && (!chooses || folders.includes(composed(name)))) inside.push(full);
      } else if (
        what?.isFile() &&
        (extensions.size === 0 || extensions.has(node.path.extname(name).toLowerCase()))
      ) {
        if (!chooses || folders.includes('.')) found.push(full);
      }
    }
    for (const deeper of inside) visit(deeper, [...ancestors, id]);
  };
  visit(path, []);
  if (found.length === 0) {
    throw new EmptySourceError(
      `There is no file${described(extensions)} in ${path}` +
        `${folders.length > 0 ? ` (in its folders ${folders.join(', ')})` : ''}` +
        `${recurse ? '' : ' itself (recurse is false)'}: check the path and the options.`,
    );
  }
  return found;
}

/**
 * Returns a `getItems` that finds the files in the subfolder `suffix` of the source.
 *
 * Source: fastai `data/transforms.py`, `FileGetter`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getItems: FileGetter('images') });
 */
export function FileGetter(suffix: string, options: GetFilesOptions = {}): (path: string) => string[] {
  return (path) => getFiles(node.path.join(path, suffix), options);
}

/** What a symbolic link leads to; `undefined` if that is nothing, or back to itself. */
function targetOf(link: string): fs.Stats | undefined {
  try {
    return fs.statSync(link);
  } catch {
    return undefined;
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function described(extensions: ReadonlySet<string>): string {
  const shown = [...extensions].slice(0, 8);
  const more = extensions.size - shown.length;
  if (shown.length === 0) return '';
  return ` ending in ${shown.join(', ')}${more > 0 ? ` or one of ${more} more` : ''}`;
}
