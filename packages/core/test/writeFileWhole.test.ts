import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendWhole, checkWritable, makeFolder, WriteError, writeFileWhole } from '@fastts/core';
import { testOnDisk } from '@fastts/testing/disk';
import { type Program, program } from '@fastts/testing/program';
import fs from 'fs-extra';

const WRITER = `
  import { writeFileWhole } from '@fastts/core';
  const [, , command, path, size, user] = process.argv;
  if (user) process.setuid(Number(user));
  const bytes = (fill) => new Uint8Array(Number(size)).fill(fill);
  const stuck = async function* () {
    yield bytes(1);
    console.log('writing');
    await new Promise((done) => setTimeout(done, 1e8));
  };
  const work = {
    once: () => writeFileWhole(path, bytes(1)),
    stuck: () => writeFileWhole(path, stuck()),
    forever: async () => {
      for (let i = 0; ; i = (i + 1) % 256) {
        await writeFileWhole(path, bytes(i));
        console.log('written');
      }
    },
  }[command];
  work().then(() => console.log('done'), (error) => console.log(error.name, error.code, error.message));
`;

let writer: Program;
let folder: string;
beforeAll(async () => {
  writer = await program(WRITER, __dirname);
});
afterAll(() => writer.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-writing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const onLinux = isLinux ? test : test.skip;
const asRoot = isLinux && isRoot ? test : test.skip;

test('writes text, bytes and pieces, creates folders, and leaves no other file', async () => {
  const path = join(folder, 'a', 'b', 'file.bin');
  await writeFileWhole(path, 'text');
  expect(readFileSync(path, 'utf8')).toBe('text');
  await writeFileWhole(path, Uint8Array.of(1, 2));
  expect([...readFileSync(path)]).toEqual([1, 2]);
  await writeFileWhole(path, [Uint8Array.of(3), new Uint8Array(0), Uint8Array.of(4, 5)]);
  expect([...readFileSync(path)]).toEqual([3, 4, 5]);
  expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['file.bin']);
});

test('syncs the file before it is renamed, and its folder afterwards', async () => {
  const events: string[] = [];
  const handle = await fs.promises.open(__filename);
  const { sync } = Object.getPrototypeOf(handle);
  await handle.close();
  const prototype = Object.getPrototypeOf(handle);
  const { rename } = fs;
  const spies = [
    jest.spyOn(prototype, 'sync').mockImplementation(async function (this: typeof handle) {
      events.push(`sync ${(await this.stat()).isDirectory() ? 'folder' : 'file'}`);
      return sync.call(this);
    }),
    jest.spyOn(fs, 'rename').mockImplementation((...args: Parameters<typeof rename>) => {
      events.push('rename');
      return rename(...args);
    }),
  ];
  await writeFileWhole(join(folder, 'file'), 'text').finally(() => {
    for (const spy of spies) spy.mockRestore();
  });
  expect(events).toEqual(['sync file', 'rename', ...(process.platform === 'win32' ? [] : ['sync folder'])]);
});

test('an error of the content leaves the earlier file, and is thrown as it is', async () => {
  const path = join(folder, 'file');
  await writeFileWhole(path, 'earlier');
  const own = Object.assign(new Error('the source failed'), { code: 'ENOSPC' });
  const failing = async function* () {
    yield Uint8Array.of(1);
    throw own;
  };
  await expect(writeFileWhole(path, failing())).rejects.toBe(own);
  expect(readFileSync(path, 'utf8')).toBe('earlier');
  expect(readdirSync(folder)).toEqual(['file']);
});

(process.platform === 'win32' ? test.skip : test)(
  'keeps the permissions of the earlier file, and replaces a symbolic link',
  async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'earlier');
    chmodSync(path, 0o640);
    await writeFileWhole(path, 'new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
    symlinkSync(path, join(folder, 'link'));
    await writeFileWhole(join(folder, 'link'), 'other');
    expect(lstatSync(join(folder, 'link')).isFile()).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('new');
  },
);

onLinux('writes to a device without replacing it', async () => {
  await writeFileWhole('/dev/null', 'text');
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('a name of 255 bytes can be written; a longer one is an error that says so', async () => {
  const longest = `${'é'.repeat(125)}.json`;
  await writeFileWhole(join(folder, longest), 'text');
  expect(readdirSync(folder)).toEqual([longest]);
  await expect(writeFileWhole(join(folder, 'a'.repeat(300)), 'text')).rejects.toThrow(/longer than/);
});

describe('a path that cannot be written', () => {
  test.each([
    ['a folder', () => folder, 'EISDIR', /is a folder. Choose the path of a file/],
    ['below a file', () => join(folder, 'file', 'a', 'b.txt'), undefined, /file is not a folder/],
    ['with a NUL', () => join(folder, 'a\0b'), undefined, /NUL/],
  ])('%s is a WriteError', async (_, path, code, message) => {
    writeFileSync(join(folder, 'file'), 'earlier');
    const error = await writeFileWhole(path(), 'text').catch((error) => error);
    expect(error).toBeInstanceOf(WriteError);
    if (code) expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path());
    expect(readdirSync(folder)).toEqual(['file']);
    await expect(checkWritable(path())).rejects.toThrow(message);
  });

  onLinux('in /proc is an error, instead of trying for ever', async () => {
    await expect(makeFolder('/proc/nope/a')).rejects.toThrow(/\/proc accepts no new files or folders/);
    await expect(writeFileWhole('/proc/nope', 'text')).rejects.toThrow(WriteError);
  });

  asRoot('in a folder without permission, names the folder', async () => {
    const path = join(folder, 'closed', 'file');
    await writeFileWhole(path, 'earlier');
    chmodSync(folder, 0o755);
    const { output } = await writer.start(['once', path, '10', '65534']).ended;
    expect(output).toMatch(/^WriteError EACCES .*this user may not write in .*closed\. Change/);
    expect(readFileSync(path, 'utf8')).toBe('earlier');
  });

  onLinux('because of a size limit, says so', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'earlier');
    const command = ['sh', '-c', 'ulimit -f 64; exec "$@"', 'sh'];
    const { output } = await writer.start(['once', path, '1000000'], { command }).ended;
    expect(output).toMatch(/^WriteError EFBIG .*its 1,000,000 bytes are more than .*ulimit/);
    expect(readFileSync(path, 'utf8')).toBe('earlier');
    expect(readdirSync(folder)).toEqual(['file']);
  });
});

testOnDisk(
  'a full disk: the earlier file stays, the bytes wanted and free are named, nothing is left',
  { kibibytes: 256 },
  async (folder, disk) => {
    const path = join(folder, 'model.safetensors');
    const earlier = new Uint8Array(100_000).fill(7);
    await writeFileWhole(path, earlier);
    const pieces = Array.from({ length: 10 }, () => new Uint8Array(20_000));
    for (const content of [new Uint8Array(200_000), pieces]) {
      const error = await writeFileWhole(path, content).catch((error) => error);
      expect(error).toBeInstanceOf(WriteError);
      expect(error).toMatchObject({ code: 'ENOSPC', path });
      expect(error.message).toMatch(
        /disk is full: (200,000 bytes are needed and )?1\d\d,\d{3} bytes are free/,
      );
      expect(readFileSync(path).equals(earlier)).toBe(true);
      expect(readdirSync(folder)).toEqual(['model.safetensors']);
    }
    const log = join(folder, 'log.csv');
    await appendWhole(log, 'epoch\n');
    await expect(appendWhole(log, new Uint8Array(200_000))).rejects.toThrow(/disk is full: 200,000/);
    expect(readFileSync(log, 'utf8')).toBe('epoch\n');
    writeFileSync(join(folder, 'fill'), new Uint8Array(150_000));
    const rest = () => writeFileSync(join(folder, 'rest'), new Uint8Array(100_000));
    expect(rest).toThrow(/ENOSPC/);
    await expect(checkWritable(path)).rejects.toThrow(/disk is full: 4,096 bytes are needed/);
    disk.setReadOnly(true);
    await expect(writeFileWhole(path, 'text')).rejects.toThrow(/read-only file system/);
    await expect(checkWritable(path)).rejects.toThrow(/read-only file system/);
    expect(readFileSync(path).equals(earlier)).toBe(true);
  },
);

testOnDisk(
  'a disk without room for more files says so',
  { kibibytes: 256, options: 'nr_inodes=3' },
  async (folder) => {
    writeFileSync(join(folder, '1'), '');
    writeFileSync(join(folder, '2'), '');
    await expect(writeFileWhole(join(folder, '3'), 'a')).rejects.toThrow(/no room for more files/);
  },
);

test('checkWritable creates folders, and changes no file', async () => {
  const path = join(folder, 'new', 'file');
  await checkWritable(path);
  expect(readdirSync(join(folder, 'new'))).toEqual([]);
  writeFileSync(path, 'earlier');
  await checkWritable(path);
  expect(readFileSync(path, 'utf8')).toBe('earlier');
});

describe('processes that are killed while they write', () => {
  const onUnix = process.platform === 'win32' ? test.skip : test;

  onUnix('at random moments, leave the earlier file or the new one', async () => {
    const path = join(folder, 'model');
    for (let round = 0; round < 8; round++) {
      const child = writer.start(['forever', path, '3000000']);
      await child.said('written');
      await new Promise((done) => setTimeout(done, Math.random() * 40));
      child.process.kill('SIGKILL');
      await child.ended;
      const bytes = readFileSync(path);
      expect(bytes.length).toBe(3_000_000);
      expect(bytes.every((byte) => byte === bytes[0])).toBe(true);
    }
    await writeFileWhole(path, 'text');
    expect(readdirSync(folder)).toEqual(['model']);
  });

  onUnix(
    'leave a temporary file, which the next writer removes, but not that of a running process',
    async () => {
      const killed = writer.start(['stuck', join(folder, 'killed'), '100000']);
      const alive = writer.start(['stuck', join(folder, 'alive'), '100000']);
      await Promise.all([killed.said('writing'), alive.said('writing')]);
      killed.process.kill('SIGKILL');
      await killed.ended;
      expect(readdirSync(folder).map((name) => name.split('.')[0])).toEqual(['alive', 'killed']);
      await writeFileWhole(join(folder, 'mine'), 'text');
      expect(readdirSync(folder).map((name) => name.split('.')[0])).toEqual(['alive', 'mine']);
      alive.process.kill('SIGKILL');
      await alive.ended;
    },
  );

  test('of other containers are taken for running until their file has not changed for ten minutes', async () => {
    const [fresh, old] = ['a.12345678-1-99.0.part', 'b.12345678-1-99.0.part'].map((name) =>
      join(folder, name),
    );
    const others = ['notes.part', 'a.1234.part', 'a.12345678-1-99.0.part.txt'];
    for (const file of [fresh!, old!, ...others.map((name) => join(folder, name))]) writeFileSync(file, '');
    const hourAgo = Date.now() / 1000 - 3600;
    for (const file of readdirSync(folder)) {
      if (join(folder, file) !== fresh) utimesSync(join(folder, file), hourAgo, hourAgo);
    }
    mkdirSync(join(folder, 'c.12345678-1-99.0.part'));
    await writeFileWhole(join(folder, 'mine'), 'text');
    expect(existsSync(fresh!)).toBe(true);
    expect(existsSync(old!)).toBe(false);
    for (const name of [...others, 'c.12345678-1-99.0.part', 'mine']) {
      expect(existsSync(join(folder, name))).toBe(true);
    }
  });
});
