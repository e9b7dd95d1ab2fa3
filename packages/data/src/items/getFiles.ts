import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { EmptySourceError } from '../errors.js';

/** Settings of {@link getFiles}. */
export interface GetFilesOptions {
  /** Endings such as `'.png'`, in either case; default: all files. */
  extensions?: Iterable<string>;
  /** Look in folders within folders (default true). */
  recurse?: boolean;
  /** Look only in these folders directly within `path`; `'.'` stands for `path` itself. Default: all. */
  folders?: string | readonly string[];
}

/**
 * The files in a folder, each with its path, sorted by name folder by folder so that every machine gives the
 * same order. Links are followed; files and folders whose names begin with a dot are passed over.
 *
 * Source: fastai `data/transforms.py`, `get_files`.
 *
 * @param path the folder
 * @throws EmptySourceError when there is no such folder, or nothing in it that was looked for
 * @example
 * getFiles('shapes', { extensions: ['.png'], folders: ['train', 'valid'] });
 */
export function getFiles(path: string, options: GetFilesOptions = {}): string[] {
  const { recurse = true } = options;
  const extensions = new Set(Array.from(options.extensions ?? [], (e) => e.toLowerCase()));
  const folders = typeof options.folders === 'string' ? [options.folders] : (options.folders ?? []);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new EmptySourceError(`There is no folder ${path}: check the path.`);
  }
  const found: string[] = [];
  const visit = (folder: string, ancestors: readonly string[]) => {
    const { dev, ino } = statSync(folder);
    const id = `${dev}:${ino}`;
    // A link to a folder that this one is in would go round for ever.
    if (ancestors.includes(id)) return;
    const chooses = recurse && folders.length > 0 && ancestors.length === 0;
    const inside: string[] = [];
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort(byName)) {
      const { name } = entry;
      if (name.startsWith('.')) continue;
      const full = join(folder, name);
      const what = entry.isSymbolicLink() ? statSync(full, { throwIfNoEntry: false }) : entry;
      if (what?.isDirectory()) {
        if (recurse && (!chooses || folders.includes(name))) inside.push(full);
      } else if (what?.isFile() && (extensions.size === 0 || extensions.has(extname(name).toLowerCase()))) {
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
        `${recurse ? '' : ' itself (recurse is false)'}: check the path, or what to look for.`,
    );
  }
  return found;
}

/**
 * Makes a `getItems` that finds the files of the folder `suffix` within the source.
 *
 * Source: fastai `data/transforms.py`, `FileGetter`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getItems: FileGetter('images') });
 */
export function FileGetter(suffix: string, options: GetFilesOptions = {}): (path: string) => string[] {
  return (path) => getFiles(join(path, suffix), options);
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
