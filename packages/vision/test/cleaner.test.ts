import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setQuiet, useEngine } from '@fastts/core';
import { CategoryBlock, ColReader, DataBlock, GrandparentSplitter, parentLabel, readCsv } from '@fastts/data';
import { CrossEntropyLossFlat, Learner, loadLearner } from '@fastts/learner';
import sharp from 'sharp';
import { getImageFiles, ImageBlock, ImageClassifierCleaner, Resize, SimpleCNN } from '../src/index.js';

const root = mkdtempSync(join(tmpdir(), 'fastts-cleaner-'));
let folder = '';
let path = '';
let count = 0;
beforeAll(async () => {
  setQuiet(true);
  await useEngine('cpu');
});
afterAll(() => {
  setQuiet(false);
  rmSync(root, { recursive: true });
});

/** `train` and `valid` with pictures of cats (red) and dogs (blue), the third cat of `train` being blue. */
beforeEach(async () => {
  folder = join(root, String(count++));
  path = join(folder, 'pets');
  for (const set of ['train', 'valid']) {
    for (const label of ['cat', 'dog']) {
      mkdirSync(join(path, set, label), { recursive: true });
      for (let i = 0; i < 3; i++) {
        const isRed = label === 'cat' && !(set === 'train' && i === 2);
        const background = isRed ? '#e01010' : '#1010e0';
        const picture = sharp({ create: { width: 24 + 8 * i, height: 20, channels: 3, background } });
        await picture.png().toFile(join(path, set, label, `${i}.png`));
      }
    }
  }
});

const vocab = ['cat', 'dog'];
/** A cleaner whose predictions are right about colors, and less sure of wider pictures. */
async function cleaner(options: { path?: string; removed?: string } = { path }) {
  const items = getImageFiles(path).map((file) => ({
    path: file,
    label: parentLabel(file),
    split: file.includes('valid') ? ('valid' as const) : ('train' as const),
  }));
  const preds = items.map(({ path: file, label, split }) => {
    const i = Number(/(\d)(-\d)?\.png$/.exec(file)![1]);
    const isCat = label === 'cat' && !(split === 'train' && i === 2);
    const sure = 0.99 - 0.1 * i;
    return isCat ? [sure, 1 - sure] : [1 - sure, sure];
  });
  return ImageClassifierCleaner.fromPreds(items, preds, { vocab, ...options });
}

const train = { split: 'train', label: 'cat' } as const;
const files = (...parts: string[]) => readdirSync(join(folder, ...parts)).sort();
const lines = (name = 'pets-changes.csv') => readCsv(join(folder, name));

test('lists pictures per class and set, highest loss first', async () => {
  const listed = (await cleaner()).pictures(train);
  expect(listed.map(({ path: file }) => file)).toEqual(
    [2, 1, 0].map((i) => join(path, 'train', 'cat', `${i}.png`)),
  );
  expect(listed[0]).toMatchObject({ label: 'cat', predicted: 'dog', split: 'train', state: 'new' });
  expect(listed[0]!.confidence).toBeCloseTo(0.79);
  expect(listed[0]!.loss).toBeCloseTo(-Math.log(0.21));
  expect((await cleaner()).pictures()).toHaveLength(12);
});

test('delete moves to a folder beside the data, change to the folder of the class, and undo back', async () => {
  const clean = await cleaner();
  const [worst, second] = clean.pictures(train);
  await clean.change(worst!.number, 'dog');
  await clean.delete(second!.number);
  await clean.keep(clean.pictures(train)[2]!.number);
  // dog has a 2.png already: it is not overwritten
  expect(files('pets', 'train', 'dog')).toEqual(['0.png', '1.png', '2-2.png', '2.png']);
  expect(files('pets', 'train', 'cat')).toEqual(['0.png']);
  expect(files('pets-removed', 'train', 'cat')).toEqual(['1.png']);
  expect(clean.pictures(train).map(({ state, label }) => [state, label])).toEqual([
    ['changed', 'dog'],
    ['deleted', 'cat'],
    ['kept', 'cat'],
  ]);
  const log = await lines();
  expect(log.map(({ action, from, to }) => [action, from, to])).toEqual([
    ['change', 'pets/train/cat/2.png', 'pets/train/dog/2-2.png'],
    ['delete', 'pets/train/cat/1.png', 'pets-removed/train/cat/1.png'],
    ['keep', 'pets/train/cat/0.png', 'pets/train/cat/0.png'],
  ]);
  expect(log[0]).toMatchObject({
    label: 'cat',
    new_label: 'dog',
    predicted: 'dog',
    set: 'train',
    loss: 1.5606,
  });
  expect(String(log[0]!.time)).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  expect(await clean.summary()).toBe(
    `1 deleted, 1 with another label, 1 kept. Log: ${path}-changes.csv\nDeleted pictures: ${path}-removed`,
  );
  expect((await clean.undo())!.state).toBe('new');
  expect((await clean.undo())!.path).toBe(join(path, 'train', 'cat', '1.png'));
  expect(await clean.undo()).toMatchObject({
    path: join(path, 'train', 'cat', '2.png'),
    label: 'cat',
    state: 'new',
  });
  expect(await clean.undo()).toBeNull();
  expect(files('pets', 'train', 'cat')).toEqual(['0.png', '1.png', '2.png']);
  expect(files('pets', 'train', 'dog')).toEqual(['0.png', '1.png', '2.png']);
  expect(await clean.summary()).toBe('Nothing was changed.');
});

test('a class is the same however its accents are spelled', async () => {
  const [apart, label] = ['cafe\u0301', 'caf\u00e9'];
  renameSync(join(path, 'train', 'dog'), join(path, 'train', apart));
  const items = ['cat/0.png', `${apart}/0.png`].map((name) => {
    const file = join(path, 'train', name);
    return { path: file, label: parentLabel(file) };
  });
  const preds = [
    [0.5, 0.5],
    [0.5, 0.5],
  ];
  const clean = await ImageClassifierCleaner.fromPreds(items, preds, { vocab: ['cat', label], path });
  expect(clean.pictures({ label: apart }).map((picture) => picture.label)).toEqual([label]);
  await clean.change(0, label);
  expect(files('pets', 'train')).toEqual([apart, 'cat'].sort());
  expect(clean.picture(0).path).toBe(join(path, 'train', apart, '0-2.png'));
  await clean.undo();
  expect(files('pets', 'train', 'cat')).toContain('0.png');
});

test('a symbolic link leads to the same file wherever it is moved', async () => {
  const picture = join(path, 'train', 'cat', '0.png');
  renameSync(picture, join(folder, 'original.png'));
  symlinkSync('../../../original.png', picture);
  const clean = await cleaner({ path, removed: join(folder, 'some', 'where', 'else') });
  const { number } = clean.pictures(train).find((each) => each.path === picture)!;
  await clean.delete(number);
  expect(readFileSync(clean.picture(number).path)).toEqual(readFileSync(join(folder, 'original.png')));
  await clean.undo();
  expect(readlinkSync(picture)).toBe(join('..', '..', '..', 'original.png'));
});

test('a later session knows what was decided, and undoes it', async () => {
  const first = await cleaner();
  const [worst, second, third] = first.pictures(train);
  await first.keep(third!.number);
  await first.change(worst!.number, 'dog');
  await first.delete(second!.number);
  const later = await cleaner();
  expect(later.pictures()).toHaveLength(11);
  expect(later.pictures(train).map(({ state }) => state)).toEqual(['kept']);
  const moved = join(path, 'train', 'dog', '2-2.png');
  expect(later.pictures().find((picture) => picture.path === moved)).toMatchObject({
    state: 'changed',
    label: 'dog',
  });
  const back = await later.undo();
  expect(back).toMatchObject({ label: 'cat', split: 'train', predicted: 'cat', state: 'new' });
  expect(back!.loss).toBeCloseTo(second!.loss!, 3);
  expect(later.pictures(train)[0]).toBe(back);
  expect(await later.undo()).toMatchObject({ path: join(path, 'train', 'cat', '2.png'), label: 'cat' });
  expect(files('pets', 'train', 'cat')).toEqual(['0.png', '1.png', '2.png']);
});

const shared = '/dev/shm';
const onTwoDisks = existsSync(shared) && statSync(shared).dev !== statSync(tmpdir()).dev ? test : test.skip;
onTwoDisks(
  'deleted pictures can be moved to another disk, and back (skipped if /dev/shm is not one)',
  async () => {
    const removed = mkdtempSync(join(shared, 'fastts-removed-'));
    try {
      const clean = await cleaner({ path, removed });
      const [worst] = clean.pictures(train);
      const bytes = readFileSync(worst!.path);
      await clean.delete(worst!.number);
      expect(readFileSync(join(removed, 'train', 'cat', '2.png'))).toEqual(bytes);
      expect(files('pets', 'train', 'cat')).toEqual(['0.png', '1.png']);
      const back = await (await cleaner({ path, removed })).undo();
      expect(readFileSync(back!.path)).toEqual(bytes);
      expect(readdirSync(join(removed, 'train', 'cat'))).toEqual([]);
    } finally {
      rmSync(removed, { recursive: true });
    }
  },
);

test('undo does not overwrite a file that was put there in the meantime', async () => {
  const clean = await cleaner();
  const [worst] = clean.pictures(train);
  await clean.delete(worst!.number);
  writeFileSync(worst!.path.replace('pets-removed', 'pets'), 'another');
  expect((await clean.undo())!.path).toBe(join(path, 'train', 'cat', '2-2.png'));
  expect(readFileSync(join(path, 'train', 'cat', '2.png'), 'utf8')).toBe('another');
});

test('calls that overlap are made one after the other', async () => {
  const clean = await cleaner();
  const [a, b] = clean.pictures(train);
  const results = await Promise.allSettled([clean.delete([a!.number, b!.number]), clean.delete(a!.number)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await lines()).toHaveLength(2);
});

test('labels in a table are changed in a copy of it, and no picture is moved', async () => {
  const images = join(folder, 'images');
  mkdirSync(images);
  const names = ['007', 'b,c', 'é'];
  for (const [i, name] of names.entries()) {
    await sharp(join(path, 'valid', 'cat', `${i}.png`)).toFile(join(images, `${name}.png`));
  }
  const labels = join(folder, 'train.csv');
  const original = '\uFEFFimage_id,label,source\r\n007,0,x\r\n"b,c",3,"y ""z"""\r\né,3,\r\n';
  writeFileSync(labels, original);
  const open = () =>
    ImageClassifierCleaner.fromPreds(
      names.map((name, i) => ({ path: join(images, `${name}.png`), label: i === 0 ? 0 : 3 })),
      [
        [0.2, 0.8],
        [0.3, 0.7],
        [0.9, 0.1],
      ],
      { path: images, labels, labelCol: 'label', suff: '.png', vocab: [0, 3] },
    );
  const clean = await open();
  expect(clean.pictures().map(({ number }) => number)).toEqual([2, 0, 1]);
  await clean.change(2, 0);
  await clean.delete(1);
  expect(readFileSync(join(folder, 'train-cleaned.csv'), 'utf8')).toBe(
    'image_id,label,source\n007,0,x\né,0,\n',
  );
  expect(readFileSync(labels, 'utf8')).toBe(original);
  expect(readdirSync(images)).toHaveLength(3);
  const later = await open();
  expect(later.pictures().map(({ label, state }) => [label, state])).toEqual([
    [0, 'new'],
    [0, 'changed'],
  ]);
  expect(await later.undo()).toMatchObject({ path: join(images, 'b,c.png'), label: 3 });
  expect(await later.undo()).toMatchObject({ label: 3, state: 'new' });
  expect(readFileSync(join(folder, 'train-cleaned.csv'), 'utf8')).toBe(
    'image_id,label,source\n007,0,x\n"b,c",3,"y ""z"""\né,3,\n',
  );
});

test('fromLearner predicts both sets without augmentation, with the losses of the learner', async () => {
  writeFileSync(join(path, 'valid', 'dog', 'broken.png'), 'no picture');
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    splitter: new GrandparentSplitter({ train: 'train', valid: 'valid' }),
    itemTfms: new Resize(16),
  }).dataloaders(path, { bs: 4 });
  const learn = new Learner(dls, new SimpleCNN([3, 8, 2]), { lossFunc: new CrossEntropyLossFlat() });
  const clean = await ImageClassifierCleaner.fromLearner(learn);
  const [preds, targs, losses] = await learn.getPreds({ split: 'train', withLoss: true, augment: false });
  const values = await losses.data();
  const ofTrain = [...clean.pictures({ split: 'train' })].sort((a, b) => a.number - b.number);
  for (const [i, { loss }] of ofTrain.entries()) expect(loss).toBeCloseTo(values[i]!, 4);
  for (const tensor of [preds, targs, losses]) tensor.dispose();
  const [first] = clean.pictures({ split: 'valid' });
  expect(first).toMatchObject({
    path: join(path, 'valid', 'dog', 'broken.png'),
    loss: null,
    predicted: null,
  });
  const figure = await clean.show({ split: 'valid', label: 'dog', maxN: 2 });
  expect(figure.svg()).toContain(`#${first!.number} dog`);
  expect(figure.svg()).toContain('cannot be read');
  expect(figure.svg().match(/<image /g)).toHaveLength(2);
  // The folder was found: deleting moves beside it.
  await clean.delete(first!.number);
  expect(files('pets-removed', 'valid', 'dog')).toEqual(['broken.png']);
  expect(await clean.thumbnail(first!.number)).toBeNull();
  expect(await clean.thumbnail(ofTrain[0]!.number, 12)).toMatchObject({ width: 12, height: 10 });

  const model = join(folder, 'model.safetensors');
  await learn.export(model);
  const loaded = await loadLearner(model, { target: CategoryBlock() });
  await expect(ImageClassifierCleaner.fromLearner(loaded)).rejects.toThrow(/no pictures: pass items/);
  const items = getImageFiles(path).map((file) => ({ path: file, label: parentLabel(file) }));
  expect((await ImageClassifierCleaner.fromLearner(loaded, { items })).pictures()).toHaveLength(12);
  const foreign = [{ path: join(path, 'train', 'bird', '1.png'), label: 'bird' }];
  await expect(ImageClassifierCleaner.fromLearner(loaded, { items: foreign })).rejects.toThrow(
    /bird.1\.png has the label 'bird', which is not a class of the model \(cat, dog\)/,
  );
});

test('fromLearner takes the rows of a table', async () => {
  const labels = join(folder, 'train.csv');
  writeFileSync(labels, 'image_id,label\n0.png,cat\n1.png,dog\n2.png,cat\n');
  const images = join(path, 'valid', 'cat');
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getX: ColReader('image_id', { pref: `${images}/` }),
    getY: ColReader('label'),
    splitter: () => [[0, 1], [2]],
    itemTfms: new Resize(16),
  }).dataloaders(await readCsv(labels), { bs: 2 });
  const learn = new Learner(dls, new SimpleCNN([3, 8, 2]), { lossFunc: new CrossEntropyLossFlat() });
  const clean = await ImageClassifierCleaner.fromLearner(learn, { labels });
  await clean.change(1, 'cat');
  expect(readFileSync(join(folder, 'train-cleaned.csv'), 'utf8')).toMatch(/1\.png,cat/);
  await expect(ImageClassifierCleaner.fromLearner(learn)).rejects.toThrow(/set path .* or labels/);
  await expect(ImageClassifierCleaner.fromLearner(learn, { labels, path: folder })).rejects.toThrow(
    /has no image 'pets\/valid\/cat\/0\.png' in column 0/,
  );
});

describe('bad input', () => {
  test.each<[string, (clean: ImageClassifierCleaner) => Promise<unknown>, RegExp]>([
    ['a number', (clean) => clean.delete(12), /no picture 12: there are 12, numbered from 0/],
    ['a class', (clean) => clean.change(0, 'Dog'), /no class 'Dog': the classes are cat, dog/],
    ['a filter', async (clean) => clean.pictures({ label: 'bird' }), /no class 'bird'/],
    ['maxN', (clean) => clean.show({ maxN: 0 }), /maxN/],
  ])('%s', async (_, act, message) => {
    await expect(act(await cleaner())).rejects.toThrow(message);
    expect(existsSync(`${path}-changes.csv`)).toBe(false);
  });

  test('a file that vanished leaves no trace in the log', async () => {
    const clean = await cleaner();
    const [worst] = clean.pictures(train);
    rmSync(worst!.path);
    await expect(clean.delete(worst!.number)).rejects.toThrow(/2\.png no longer exists/);
    await expect(clean.change(worst!.number, 'dog')).rejects.toThrow(/no longer exists/);
    expect(await clean.changes()).toEqual([]);
  });

  test('what is deleted stays so', async () => {
    const clean = await cleaner();
    const { number } = clean.pictures(train)[0]!;
    await clean.delete(number);
    await expect(clean.delete(number)).rejects.toThrow(/deleted already: undo that first/);
    await expect(clean.keep(number)).rejects.toThrow(/deleted already/);
  });

  const asUser = process.platform === 'win32' || process.getuid?.() === 0 ? test.skip : test;
  asUser('a folder that may not be written changes nothing', async () => {
    const clean = await cleaner();
    const { number } = clean.pictures(train)[0]!;
    chmodSync(join(path, 'train', 'cat'), 0o555);
    try {
      await expect(clean.change(number, 'dog')).rejects.toThrow(
        /cannot be written: this user may not write in/,
      );
    } finally {
      chmodSync(join(path, 'train', 'cat'), 0o755);
    }
    expect(files('pets', 'train', 'dog')).toEqual(['0.png', '1.png', '2.png']);
    expect(await clean.changes()).toEqual([]);
    expect(clean.pictures(train)[0]).toMatchObject({ state: 'new', label: 'cat' });
  });

  test('a place where no log can be written changes nothing', async () => {
    mkdirSync(`${path}-changes.csv`);
    const clean = await cleaner({ path }).catch((error) => error);
    expect(clean.message).toMatch(/pets-changes\.csv/);
  });

  test('class names that are paths, logs of something else, and places outside of the data', async () => {
    const items = [{ path: join(path, 'train', 'cat', '0.png'), label: 'cat' }];
    const options = { path, vocab: ['cat', '../..'] };
    const clean = await ImageClassifierCleaner.fromPreds(items, [[0.5, 0.5]], options);
    await expect(clean.change(0, '../..')).rejects.toThrow(/cannot be the name of a folder/);
    await expect(cleaner({ path, removed: join(path, 'removed') })).rejects.toThrow(
      /must not be a folder in/,
    );
    writeFileSync(`${path}-changes.csv`, 'a,b\n1,2\n');
    await expect(cleaner()).rejects.toThrow(/is not a log of changes: its columns are a, b/);
    const header = 'time,action,from,to,label,new_label,set,predicted,confidence,loss';
    writeFileSync(
      `${path}-changes.csv`,
      `${header}\n2026-01-01T00:00:00.000Z,delete,pets/train/cat/0.png,../secret.png,cat,,train,dog,0.9,1\n`,
    );
    await expect((await cleaner()).undo()).rejects.toThrow(/secret\.png, which is neither in/);
  });

  test('a line that was cut by a crash is passed over', async () => {
    const clean = await cleaner();
    await clean.keep(0);
    const log = readFileSync(clean.log, 'utf8');
    writeFileSync(clean.log, `${log}2026-01-01T00:00:00.000Z,del`);
    expect(await clean.changes()).toHaveLength(1);
    await clean.keep(1);
    expect((await clean.changes()).map(({ action }) => action)).toEqual(['keep', 'keep']);
  });

  test('predictions that do not fit', async () => {
    const items = [{ path: join(path, 'train', 'cat', '0.png'), label: 'cat' }];
    const from = (rows: number[][], names = vocab) =>
      ImageClassifierCleaner.fromPreds(items, rows, { path, vocab: names });
    await expect(from([])).rejects.toThrow(/one row per item, got 0 rows for 1 items/);
    await expect(from([[3, -1]])).rejects.toThrow(
      /must have 2 class probabilities.*got 3, -1: apply the softmax/,
    );
    await expect(from([[0.5, 0.3, 0.2]])).rejects.toThrow(/must have 2 class probabilities/);
    await expect(from([[1]], ['bird'])).rejects.toThrow(
      /label 'cat', which is not a class of the model \(bird\)/,
    );
  });
});
