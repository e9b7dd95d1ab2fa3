import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { crc32, crc32c, Figure, type Pixels } from '@fastts/core';
import sharp from 'sharp';
import { bytesField, doubleField, intField, message } from '../src/callbacks/loggers/records/protobuf.js';
import { TransactionLog } from '../src/callbacks/loggers/wandb/transactionLog.js';
import { LearnerError, SummaryWriter, WandbRun } from '../src/index.js';
import { type Decoded, decode, eventsOf, wandbItems, wandbRecords } from './recordReader.js';
import { fixture } from './smallNetwork.js';

const wanted = fixture<{
  scalars: [tag: string, value: number | null, step: number, wallTime: number][];
  eventFile: string;
  wandb: { lengths: number[]; records: string; size: number; sha256: string };
}>('records');

const square = new Figure('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"></svg>');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('checksums agree with their standards', () => {
  const digits = Buffer.from('123456789');
  expect(crc32(digits)).toBe(0xcbf43926);
  expect(crc32c(digits)).toBe(0xe3069283);
  // RFC 3720, B.4
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
});

test('a message is encoded as in the specification of protobuf', () => {
  expect(message(intField(1, 150))).toEqual(Buffer.from([0x08, 0x96, 0x01]));
  expect(bytesField(2, 'testing')).toEqual(Buffer.from('120774657374696e67', 'hex'));
  expect(bytesField(3, intField(1, 150))).toEqual(Buffer.from([0x1a, 0x03, 0x08, 0x96, 0x01]));
  expect(doubleField(200, 1)).toEqual(Buffer.from('c10c000000000000f03f', 'hex'));
  expect(intField(4, 0)).toHaveLength(0);
});

test("scalars are written byte by byte like by TensorBoard's own writer", async () => {
  const writer = await SummaryWriter.open(join(folder, 'runs', 'a'));
  const [version] = await eventsOf(writer.path);
  expect(version!.text(3)).toBe('brain.Event:2');
  const start = (await readFile(writer.path)).length;
  for (const [tag, value, step, wallTime] of wanted.scalars) {
    writer.addScalar(tag, value ?? Number.POSITIVE_INFINITY, step, wallTime);
  }
  await writer.flush();
  await writer.flush();
  expect((await readFile(writer.path)).subarray(start).toString('hex')).toBe(wanted.eventFile);
});

test("an embedding's files are the same as by PyTorch's writer", async () => {
  const ofPyTorch = fixture<{
    vectors: number[][];
    pictures: number[][][][];
    texts: Record<string, string>;
    sprite: number[][][];
  }>('embedding');
  const { vectors, texts, sprite } = ofPyTorch;
  const pictures = ofPyTorch.pictures.map((picture) => {
    return { data: Uint8Array.from(picture.flat(2)), width: 2, height: 2, channels: 3 } as const;
  });
  const writer = await SummaryWriter.open(folder);
  await writer.addEmbedding({ vectors, labels: ['a', 'b\nc', 'd'], pictures }, 12);
  await writer.addEmbedding({ vectors }, 7, 'my/tag');
  for (const [path, text] of Object.entries(texts)) {
    const written = await readFile(join(folder, path), 'utf8');
    if (!path.endsWith('tensors.tsv')) expect(written).toBe(text);
    else
      expect(written.split(/\s/).map((v) => Math.fround(+v))).toEqual(
        text.split(/\s/).map((v) => Math.fround(+v)),
      );
  }
  const drawn = await sharp(await readFile(join(folder, '00012/default/sprite.png')))
    .raw()
    .toBuffer();
  expect([...drawn]).toEqual(sprite.flat(2));
  await expect(writer.addEmbedding({ vectors, labels: ['a'] }, 8)).rejects.toThrow(/3 vectors.*1 labels/);
});

test('an image is an event with its size', async () => {
  const writer = await SummaryWriter.open(folder);
  await writer.addFigure('sample', square, 7);
  await writer.flush();
  const [, event] = await eventsOf(writer.path);
  const value = event!.inner(5).inner(1);
  const image = value.inner(4);
  expect([event!.number(2), value.text(1)]).toEqual([7, 'sample']);
  expect([image.number(1), image.number(2)]).toEqual([40, 60]);
  expect(image.bytes(4)).toEqual(Buffer.from(await square.png()));
});

test("records are laid out in blocks like by W&B's own library", async () => {
  const log = await TransactionLog.open(join(folder, 'a.wandb'));
  const all = inflateSync(Buffer.from(wanted.wandb.records, 'base64'));
  let at = 0;
  for (const length of wanted.wandb.lengths) {
    log.add(all.subarray(at, at + length));
    at += length;
    if (length > 1000) await log.flush();
  }
  await log.flush();
  const bytes = await readFile(log.path);
  expect(bytes).toHaveLength(wanted.wandb.size);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(wanted.wandb.sha256);
});

test('a record can be read wherever in a block it ends', async () => {
  const log = await TransactionLog.open(join(folder, 'a.wandb'));
  const sizes = Array.from({ length: 12 }, (_, gap) => 32_768 - 7 - 5 - gap).flatMap((size) => [
    size,
    3,
    40_000,
  ]);
  for (const size of sizes) log.add(message(bytesField(1, Buffer.alloc(size, size % 256))));
  await log.flush();
  const records = await wandbRecords(log.path);
  expect(records.map((record) => record.bytes(1).length)).toEqual(sizes);
  expect(records.every((record, i) => record.bytes(1).every((byte) => byte === sizes[i]! % 256))).toBe(true);
});

test('a W&B run has its header, its rows and its end', async () => {
  const options = { project: 'pets', name: 'first', tags: ['a', 'b'], config: { lr: 0.1, sizes: [1, 2] } };
  const start = Math.floor(Date.now() / 1000);
  const run = await WandbRun.init({ ...options, dir: folder });
  run.log({ loss: 0.5, text: 'x' }, 0);
  run.log({ epoch: 1 }, 0);
  run.log({ loss: Number.NaN }, 3);
  run.log({ more: true });
  run.updateConfig({ bs: 64 });
  await run.logFigure('sample', square, 5, 'a square');
  await run.finish();
  await run.finish();
  expect(run.dir).toMatch(/wandb\/offline-run-\d{8}_\d{6}-[0-9a-z]{8}$/);
  const records = await wandbRecords(join(run.dir, `run-${run.id}.wandb`));
  const kinds = { 2: 'history', 3: 'summary', 5: 'config', 6: 'files', 17: 'run', 18: 'exit', 21: 'header' };
  const found = records.map((record) => {
    const [field, name] = Object.entries(kinds).find(([field]) => record.has(Number(field)))!;
    return { name, content: record.inner(Number(field)), place: record.number(1) };
  });
  expect(found.map(({ place }) => place)).toEqual(found.map((_, i) => i + 1));
  expect(found.map(({ name }) => name).join(' ')).toBe(
    'header run history summary history summary config files history summary exit',
  );
  const described = found[1]!.content;
  expect([described.text(1), described.text(3), described.text(8)]).toEqual([run.id, 'pets', 'first']);
  expect(described.all(10).map(String)).toEqual(['a', 'b']);
  const started = described.inner(17).number(1);
  expect([start <= started, started <= Date.now() / 1000]).toEqual([true, true]);
  expect(wandbItems(described.inner(4))).toMatchObject({ lr: '0.1', sizes: '[1,2]' });
  const rows = found.filter(({ name }) => name === 'history').map(({ content }) => content);
  expect(rows.map((row) => row.inner(2).number(1))).toEqual([0, 3, 5]);
  expect(wandbItems(rows[0]!)).toMatchObject({ loss: '0.5', text: '"x"', epoch: '1', _step: '0' });
  expect(wandbItems(rows[1]!)).toMatchObject({ loss: 'NaN', more: 'true', _step: '3' });
  const picture = JSON.parse(wandbItems(rows[2]!).sample!);
  expect(picture).toMatchObject({ _type: 'image-file', width: 60, height: 40, caption: 'a square' });
  expect(
    found
      .find(({ name }) => name === 'files')!
      .content.inner(1)
      .text(1),
  ).toBe(picture.path);
  const file = await readFile(join(run.dir, 'files', picture.path));
  expect(createHash('sha256').update(file).digest('hex')).toBe(picture.sha256);
  expect(() => run.log({ loss: 1 })).toThrow(LearnerError);
});

test('a complete row accepts no more values', async () => {
  const run = await WandbRun.init({ dir: folder });
  run.log({ a: 1 }, 4);
  expect(run.step).toBe(4);
  expect(() => run.log({ a: 1 }, 3)).toThrow(/at step 4/);
  run.log({});
  expect(run.step).toBe(5);
});

/** A message of an artifact, in the form of the fixture. */
function artifactOf(record: Decoded) {
  const manifest = record.inner(12);
  const config = manifest.inner(3);
  const contents = manifest.all(4).map(decode);
  const optional = (key: string, field: number) => record.has(field) && { [key]: record.text(field) };
  expect([record.text(15), record.text(16)].every((id) => /^[0-9a-z]{128}$/.test(id))).toBe(true);
  return {
    run_id: record.text(1),
    project: record.text(2),
    type: record.text(4),
    name: record.text(5),
    digest: record.text(6),
    ...optional('description', 7),
    ...optional('metadata', 8),
    aliases: record.all(11).map(String),
    manifest: {
      version: manifest.number(1),
      storage_policy: manifest.text(2),
      storage_policy_config: [{ key: config.text(1), value_json: config.text(2) }],
      contents: contents.map((entry) => ({
        path: entry.text(1),
        digest: entry.text(2),
        size: String(entry.number(4)),
      })),
    },
    finalize: record.number(14) === 1,
    digest_algorithm: record.text(20),
  };
}

describe("artifacts are recorded like by W&B's own library", () => {
  const expected = fixture<{
    model: object & { manifest: { contents: object[] } };
    tableArtifact: object;
    table: { data: unknown[] };
    summary: object;
    history: object;
  }>('wandb');
  const artifactsOf = async (run: WandbRun) => {
    const records = await wandbRecords(join(run.dir, `run-${run.id}.wandb`));
    return records.filter((record) => record.has(8)).map((record) => record.inner(8));
  };

  test('a model: its files, with their hashes', async () => {
    const run = await WandbRun.init({ dir: folder, project: 'p' });
    const path = join(folder, 'saved');
    await writeFile(path, 'weights');
    await run.logArtifact({
      name: 'pets',
      type: 'model',
      files: { 'pets.safetensors': path, 'a/readme.md': Buffer.from('text') },
      description: 'trained model',
      metadata: { accuracy: 0.5 },
      aliases: ['best'],
    });
    await run.finish();
    const [record] = await artifactsOf(run);
    const contents = expected.model.manifest.contents.map((entry) => ({ ...entry, skip_cache: undefined }));
    const manifest = { ...expected.model.manifest, contents };
    expect(artifactOf(record!)).toEqual({ ...expected.model, run_id: run.id, manifest });
    const copies = record!
      .inner(12)
      .all(4)
      .map((entry) => decode(entry).text(6));
    expect(await Promise.all(copies.map((copy) => readFile(copy, 'utf8')))).toEqual(['text', 'weights']);
    const named = run.logArtifact({ name: 'a b', type: 'model', files: {} });
    await expect(named).rejects.toThrow(LearnerError);
  });

  test('a table: its images and the types of its columns', async () => {
    const run = await WandbRun.init({ dir: folder, project: 'p' });
    const picture: Pixels = { data: Uint8Array.from(Array(72).keys()), width: 6, height: 4, channels: 3 };
    const columns = ['picture', 'label', 'loss', 'right', 'note'];
    const rows = [
      [picture, 'cat', 1.5, true, null],
      [picture, 'dog', 2, false, null],
    ];
    await run.logTable('samples', { columns, rows }, 3);
    await run.finish();
    const [record] = await artifactsOf(run);
    const entries = record!.inner(12).all(4).map(decode);
    const [image, own] = await Promise.all(entries.map((entry) => readFile(entry.text(6))));
    expect([...(await sharp(image).raw().toBuffer())]).toEqual([...picture.data]);
    const { data, ...table } = JSON.parse(String(own));
    const { data: cells, ...rest } = expected.table;
    expect(table).toEqual(rest);
    const sha256 = createHash('sha256').update(image!).digest('hex');
    const known = (row: unknown) =>
      (row as [object, ...unknown[]]).map((cell, k) =>
        k === 0 ? { ...(cell as object), path: entries[0]!.text(1), sha256 } : cell,
      );
    expect(data).toEqual(cells.map(known));
    const sizes = { digest: expect.any(String), manifest: expect.anything() };
    expect(artifactOf(record!)).toEqual({
      ...expected.tableArtifact,
      run_id: run.id,
      name: `run-${run.id}-samples`,
      ...sizes,
    });
    const [history] = (await wandbRecords(join(run.dir, `run-${run.id}.wandb`))).filter((one) => one.has(2));
    const { sha256: _, size: __, ...logged } = JSON.parse(wandbItems(history!.inner(2)).samples!);
    const ids = {
      artifact_path: expect.any(String),
      _latest_artifact_path: expect.any(String),
      path: expect.any(String),
    };
    expect(logged).toEqual({ ...expected.history, ...ids });
    expect(logged.artifact_path).toBe(`wandb-client-artifact://${record!.text(15)}/samples.table.json`);
    expect(JSON.parse(await readFile(join(run.dir, 'files', logged.path), 'utf8'))).toEqual(expected.summary);
  });
});

test('a W&B run is continued where another process left it, and what that logged later is removed', async () => {
  const first = await WandbRun.init({ dir: folder, project: 'p' });
  first.log({ a: 1 }, 0);
  first.log({ a: 2 }, 1);
  const state = await first.stateDict();
  first.log({ a: 'lost' }, 2);
  await first.finish();
  const second = await WandbRun.init({ dir: folder, project: 'p' });
  const own = second.dir;
  expect(await second.continueFrom(state)).toBe(true);
  expect([second.id, second.dir, second.step]).toEqual([first.id, first.dir, 1]);
  expect(await readdir(join(folder, 'wandb'))).toEqual([basename(first.dir)]);
  second.log({ b: 3 }, 1);
  second.log({ a: 4 }, 5);
  await second.finish();
  const records = await wandbRecords(join(first.dir, `run-${first.id}.wandb`));
  expect(records.map((record) => record.number(1))).toEqual(records.map((_, i) => i + 1));
  const rows = records.filter((record) => record.has(2)).map((record) => wandbItems(record.inner(2)));
  expect(rows.map(({ a, b, _step }) => [a, b, _step])).toEqual([
    ['1', undefined, '0'],
    ['2', '3', '1'],
    ['4', undefined, '5'],
  ]);
  expect(own).not.toBe(first.dir);
});

test('a W&B run is not continued if its folder is gone or elsewhere, or something was logged to the new one', async () => {
  const first = await WandbRun.init({ dir: folder });
  const state = await first.stateDict();
  const second = await WandbRun.init({ dir: folder });
  const before = second.dir;
  for (const wrong of [
    { ...state, folder: '../../etc' },
    { ...state, size: state.size + 1 },
    { ...state, size: 3 },
    { ...state, folder: 'offline-run-20260101_000000-abcdefgh' },
  ]) {
    expect(await second.continueFrom(wrong)).toBe(false);
  }
  second.log({ a: 1 }, 0);
  expect(await second.continueFrom(state)).toBe(false);
  expect(second.dir).toBe(before);
  expect(await readdir(join(folder, 'wandb'))).toHaveLength(2);
});
