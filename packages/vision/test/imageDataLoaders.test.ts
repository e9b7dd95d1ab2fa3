import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setQuiet } from '@fastts/core';
import {
  type DataLoaders,
  EmptySourceError,
  LabelError,
  parentLabel,
  RegressionBlock,
  readCsv,
} from '@fastts/data';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/factories.json';
import { getImageFiles, ImageDataLoaders, Resize } from '../src/index.js';

let folder: string;
let files: string[];

/** The folder that the fixture's script creates. */
beforeAll(async () => {
  setQuiet(true);
  folder = mkdtempSync(join(tmpdir(), 'fastts-factories-'));
  for (const [i, file] of fixture.files.entries()) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    const background = { r: 20 * i, g: 0, b: 0 };
    await sharp({ create: { width: 9 + (i % 3), height: 8, channels: 3, background } })
      .png()
      .toFile(join(folder, file));
  }
  writeFileSync(join(folder, 'labels.csv'), fixture.table);
  files = getImageFiles(folder);
});
afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

const options = { itemTfms: new Resize(8), bs: 2, seed: 4 };

type Made = Promise<DataLoaders<tf.Tensor4D, tf.Tensor>>;
const makers: Record<keyof typeof fixture.found, () => Made> = {
  fromFolder: () => ImageDataLoaders.fromFolder(folder, options),
  'fromFolder split at random': () => ImageDataLoaders.fromFolder(folder, { validPct: 0.3, ...options }),
  'fromFolder with a vocabulary': () =>
    ImageDataLoaders.fromFolder(folder, { vocab: ['dog', 'cat', 'ant'], ...options }),
  fromPathFunc: () => ImageDataLoaders.fromPathFunc(folder, files, (f) => parentLabel(dirname(f)), options),
  fromNameFunc: () =>
    ImageDataLoaders.fromNameFunc(folder, files, (name) => (name.startsWith('c') ? 'A' : 'B'), {
      validPct: 0.5,
      ...options,
    }),
  fromPathRe: () => ImageDataLoaders.fromPathRe(folder, files, /\/([^/]+)_\d+.png$/, options),
  fromNameRe: () => ImageDataLoaders.fromNameRe(folder, files, '^[^_]+_(\\d+).png$', options),
  fromRows: async () => ImageDataLoaders.fromRows(await table(), { validCol: 'is_valid', ...rowOptions() }),
  'fromRows by column index': async () =>
    ImageDataLoaders.fromRows(await table(), { fnCol: 0, labelCol: 5, validCol: 2, ...rowOptions() }),
  'fromRows with a delimiter': async () =>
    ImageDataLoaders.fromRows(await table(), {
      labelCol: 'tags',
      labelDelim: ' ',
      validCol: 'is_valid',
      ...rowOptions(),
    }),
  'fromRows of several columns': async () =>
    ImageDataLoaders.fromRows(await table(), {
      labelCol: ['label', 'kind'],
      validCol: 'is_valid',
      ...rowOptions(),
    }),
  'fromRows with numbers': async () =>
    ImageDataLoaders.fromRows(await table(), {
      labelCol: 'size',
      yBlock: RegressionBlock(),
      validCol: 'is_valid',
      ...rowOptions(),
    }),
  'fromRows in a folder': async () => {
    const inside = (await table()).slice(0, 8).map((row) => ({ ...row, name: row.name.slice(6) }));
    return ImageDataLoaders.fromRows(inside, { folder: 'train', validCol: 'is_valid', ...rowOptions() });
  },
  fromCsv: () => ImageDataLoaders.fromCsv(folder, { suff: '.png', ...options }),
  'fromCsv with a delimiter': () =>
    ImageDataLoaders.fromCsv(folder, { suff: '.png', labelCol: 'tags', labelDelim: ' ', ...options }),
  fromLists: () => fromLists(['a', 'b', 'a', 'b', 'a', 'a']),
  'fromLists of lists': () =>
    ImageDataLoaders.fromLists(folder, six(), [['a', 'b'], ['b'], ['a'], [], ['b'], ['a']], options),
  'fromLists of numbers': () => fromLists([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]),
  'fromLists of integers': () => fromLists([3, 1, 1, 3, 1, 3]),
};

interface TableRow {
  name: string;
  label: string;
  kind: string;
  tags: string;
  size: number;
  is_valid: boolean;
}

const table = () => readCsv<TableRow>(join(folder, 'labels.csv'));
const rowOptions = () => ({ path: folder, suff: '.png', ...options });
const six = () => files.slice(0, 6);
const fromLists = (labels: (string | number)[]) => ImageDataLoaders.fromLists(folder, six(), labels, options);

eachEngine(() => {
  test.each(Object.entries(fixture.found))("%s finds the same as fastai's", async (name, wanted) => {
    const dls = await makers[name as keyof typeof makers]();
    expect(dls).toBeInstanceOf(ImageDataLoaders);
    expect([dls.train.n, dls.valid.n]).toEqual(wanted.n);
    expect([dls.c, dls.vocab, dls.path]).toEqual([wanted.c, wanted.vocab, folder]);
    const [x, y] = await dls.oneBatch();
    expect([x.shape, y.shape]).toEqual([
      [2, ...wanted.x],
      [2, ...wanted.y],
    ]);
    expect(y.dtype).toBe(wanted.isFloat ? 'float32' : 'int32');
    tf.dispose([x, y]);
    if (!('valid' in wanted)) return;
    const batch = await dls.valid.with({ bs: dls.valid.n }).oneBatch();
    const labels = (await dls.valid.decodeBatch(batch)).map(([, label]) => label);
    expect(labels.sort()).toEqual([...wanted.valid].sort());
    tf.dispose(batch);
  });
});

test('images have their own labels, and can be predicted by path whatever the items are', async () => {
  const dls = await ImageDataLoaders.fromCsv(folder, {
    suff: '.png',
    labelCol: 'size',
    yBlock: RegressionBlock(),
    ...options,
  });
  const [x, y] = await dls.train.with({ bs: dls.train.n }).oneBatch();
  const red = tf.tidy(
    () => tf.mean(tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 1]), [1, 2, 3]).arraySync() as number[],
  );
  // In the script, image i has red 20 · i and size i / 4.
  for (const [i, size] of y.arraySync().entries()) expect(red[i]! * 255).toBeCloseTo(80 * size, 2);
  const third = join(folder, fixture.files[3]!);
  for (const picture of [third, readFileSync(third)]) {
    const [pictured] = await dls.testDl([picture]).oneBatch();
    expect(tf.tidy(() => tf.max(pictured).arraySync() as number) * 255).toBeCloseTo(60, 2);
    pictured.dispose();
  }
  tf.dispose([x, y]);
});

test('grayscale images have one channel', async () => {
  const dls = await ImageDataLoaders.fromFolder(folder, { mode: 'gray', ...options });
  const batch = await dls.oneBatch();
  expect(batch[0].shape).toEqual([2, 8, 8, 1]);
  tf.dispose(batch);
});

test('columns given by index are found, even if names are numbers', async () => {
  writeFileSync(
    join(folder, 'digits.csv'),
    `name,7,0\n${fixture.files.map((f, i) => `${f},${i % 2},1`).join('\n')}\n`,
  );
  const dls = await ImageDataLoaders.fromCsv(folder, { csvFname: 'digits.csv', ...options });
  expect(dls.vocab).toEqual([0, 1]);
});

test('mistakes in the arguments are errors with a remedy', async () => {
  const wrong = ImageDataLoaders.fromFolder(folder, { valid: 'val' });
  await expect(wrong).rejects.toThrow(EmptySourceError);
  await expect(wrong).rejects.toThrow(/folder .*val does not exist.*Set train and valid .*, or validPct/);
  const unlabeled = ImageDataLoaders.fromNameRe(folder, files, /^(\d+)/);
  await expect(unlabeled).rejects.toThrow(LabelError);
  await expect(unlabeled).rejects.toThrow(/finds no label in '(cat|dog)_\d.png'/);
  await expect(ImageDataLoaders.fromCsv(folder, { labelCol: 'lable' })).rejects.toThrow(
    /most similar is 'label'/,
  );
  await expect(ImageDataLoaders.fromCsv(folder, { fnCol: 'file' })).rejects.toThrow(
    /no column 'file' among name/,
  );
  await expect(ImageDataLoaders.fromCsv(folder, { csvFname: 'none.csv' })).rejects.toThrow(/none.csv cannot/);
  writeFileSync(join(folder, 'bare.csv'), 'name,label\n');
  await expect(ImageDataLoaders.fromCsv(folder, { csvFname: 'bare.csv' })).rejects.toThrow(
    /bare\.csv has no rows/,
  );
  await expect(ImageDataLoaders.fromLists(folder, files, ['a'])).rejects.toThrow(/equal lengths.*12, 1/);
});
