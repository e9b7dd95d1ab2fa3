import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import {
  ArgumentError,
  beforeCleaning,
  CategoryBlock,
  type CleanerItem,
  ColReader,
  EmptySourceError,
  ImageClassifierCleaner,
  loadLearner,
  log,
  parentLabel,
  RandomSplitter,
  readCsv,
  type Split,
} from '../index.js';
import { layoutOf } from './classFolders.js';
import { serveCleaner } from './cleanServer.js';
import { nameIn, readSplit, SPLIT_FILE } from './splitFile.js';

/** Options of `fastts clean`. */
export interface CleanOptions {
  model: string;
  labels?: string;
  fnCol?: string;
  labelCol?: string;
  suff?: string;
  removed?: string;
  port?: number;
  valid: number;
  seed: number;
}

/** Serves a page with the pictures of highest loss until a signal ends it, such as that of Ctrl-C; then prints what was done. */
export async function clean(folder: string, options: CleanOptions): Promise<void> {
  const { model, labels, fnCol, labelCol, suff, removed, port } = options;
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new EmptySourceError(`The folder ${folder} does not exist: check the path.`);
  }
  const learn = await loadLearner(model, { target: CategoryBlock() });
  const items =
    labels === undefined
      ? await itemsInFolders(folder, options)
      : await itemsInTable(folder, labels, options);
  const cleaner = await ImageClassifierCleaner.fromLearner(learn, {
    items,
    path: folder,
    ...{ removed, labels, fnCol, labelCol, suff },
  });
  const server = await serveCleaner(cleaner, { title: basename(resolve(folder)), port });
  log(`Open ${server.url} in a browser on this machine. Ctrl-C ends it.`);
  await endSignal();
  await server.close();
  log(await cleaner.summary());
}

/** Resolves when a signal asks this process to end. */
function endSignal(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => done());
  });
}

/** Pictures whose labels are the names of their folders. */
async function itemsInFolders(folder: string, options: CleanOptions): Promise<CleanerItem[]> {
  const { kept, hasTrain, getItems } = layoutOf(folder);
  const files = getItems(folder);
  const item = (path: string, split: Split) => ({ path, label: parentLabel(path), split });
  if (hasTrain && kept) {
    return files.map((path) => item(path, nameIn(folder, path).startsWith(`${kept}/`) ? 'valid' : 'train'));
  }
  // The split was of the pictures as they were before any was moved.
  const { originals, removed } = await beforeCleaning(folder, files);
  const names = originals.map((path) => nameIn(folder, path));
  const all = [...names, ...removed.map((path) => nameIn(folder, path))].sort(byParts);
  const sets = await setsOf(names, all, options);
  return files.map((path, i) => item(path, sets.get(names[i]!) ?? 'valid'));
}

/** Pictures whose labels are in a CSV file, in the order of its lines. */
async function itemsInTable(folder: string, labels: string, options: CleanOptions): Promise<CleanerItem[]> {
  const rows = await readCsv(labels);
  const nameOf = ColReader(options.fnCol ?? rows.columns[0]!, { suff: options.suff });
  const labelOf = ColReader(options.labelCol ?? rows.columns[1] ?? 1);
  const names = rows.map((row) => String(nameOf(row)));
  const sets = await setsOf(names, names, options);
  const items = rows.map((row, i) => {
    const label = labelOf(row);
    if (typeof label !== 'string' && typeof label !== 'number' && typeof label !== 'boolean') {
      throw new ArgumentError(`${labels} has no label for ${names[i]}: remove the line.`);
    }
    return { path: join(folder, names[i]!), label, split: sets.get(names[i]!) };
  });
  const found = items.filter(({ path }) => existsSync(path));
  if (found.length === 0) {
    throw new EmptySourceError(
      `None of the ${items.length} images of ${labels} is in ${folder}, such as ${items[0]?.path}: check the folder, --fn-col and --suff.`,
    );
  }
  if (found.length < items.length) {
    log(
      `${items.length - found.length} of the ${items.length} images of ${labels} are not in ${folder}, and are left out.`,
    );
  }
  return found;
}

/**
 * The sets of pictures: those in the file that `fastts train` wrote beside the model, or else those of its random split.
 * Pictures that are not in that file were not trained with.
 *
 * @param all All pictures that were split, in their order then.
 */
async function setsOf(
  names: readonly string[],
  all: readonly string[],
  { model, valid, seed }: Pick<CleanOptions, 'model' | 'valid' | 'seed'>,
): Promise<ReadonlyMap<string, Split>> {
  const file = join(dirname(model), SPLIT_FILE);
  if (existsSync(file)) {
    const sets = await readSplit(file);
    const unknown = names.filter((name) => !sets.has(name)).length;
    if (unknown > 0 && unknown < names.length) {
      log(
        `${unknown} pictures are not in ${file}: they are shown as validation, since the model has not seen them.`,
      );
    }
    if (unknown < names.length) return sets;
  }
  log(
    `It is not known which pictures the model was trained with: assuming the random split of fastts train --valid ${valid} --seed ${seed}.`,
  );
  const [train] = new RandomSplitter(valid, { seed }).split(all);
  const training = new Set(train!.map((i) => all[i]!));
  return new Map(all.map((name) => [name, training.has(name) ? 'train' : 'valid']));
}

/** The order of `getImageFiles` in folders of one depth. */
function byParts(a: string, b: string): number {
  const [one, other] = [a.split('/'), b.split('/')];
  const differing = one.findIndex((part, i) => part !== other[i]);
  return (one[differing] ?? '') < (other[differing] ?? '') ? -1 : 1;
}
