import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { crc32, WriteError } from '@fastts/core';
import { ArchiveError } from '@fastts/data';
import { testOnDisk } from '@fastts/testing/disk';
import { Header, type HeaderData } from 'tar';
import { type UnpackOptions, unpack } from '../src/downloads/unpack.js';

let top: string;
let folder: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'fastts-unpack-'));
  folder = join(top, 'in', 'folder');
});
afterEach(() => rmSync(top, { recursive: true }));

/** A tar archive of these entries. */
function tarOf(...entries: (HeaderData & { text?: string | Buffer })[]): Buffer {
  const blocks = entries.flatMap(({ text = '', ...data }) => {
    const content = Buffer.from(text);
    const header = new Header({
      mode: 0o644,
      type: 'File',
      size: content.length,
      mtime: new Date(0),
      ...data,
    });
    header.encode();
    return [header.block!, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

async function unpacked(archive: Buffer, options?: UnpackOptions): Promise<string> {
  const file = join(top, 'archive.tgz');
  writeFileSync(file, archive);
  await unpack(file, folder, { origin: 'http://h/a.tgz', ...options });
  return folder;
}

const all = () => readdirSync(folder, { recursive: true }).map(String).sort();
const onUnix = process.platform === 'win32' ? test.skip : test;

test('unpacks files, folders and links inside, from a tar, compressed or not, whatever its name', async () => {
  const archive = tarOf(
    { path: 'a/', type: 'Directory', mode: 0o755 },
    { path: 'a/b.txt', text: 'text' },
    { path: 'a/hard.txt', type: 'Link', linkpath: 'a/b.txt' },
  );
  for (const bytes of [archive, gzipSync(archive)]) {
    await unpacked(bytes);
    expect(all()).toEqual(['a', join('a', 'b.txt'), join('a', 'hard.txt')]);
    expect(readFileSync(join(folder, 'a', 'hard.txt'), 'utf8')).toBe('text');
    rmSync(folder, { recursive: true });
  }
});

onUnix('drops setuid, setgid and sticky bits, write permission of others, and owners', async () => {
  await unpacked(
    tarOf(
      { path: 'dir/', type: 'Directory', mode: 0o7000, uid: 12345, gid: 12345 },
      { path: 'dir/root', text: '#!', mode: 0o6777, uid: 12345, gid: 12345 },
      { path: 'none', text: 'a', mode: 0 },
    ),
  );
  for (const [name, mode] of Object.entries({ dir: 0o700, 'dir/root': 0o755, none: 0o600 })) {
    const stats = statSync(join(folder, name));
    expect([name, stats.mode & 0o7777 & ~0o055]).toEqual([name, mode & ~0o055]);
    expect(stats.uid).toBe(process.getuid?.());
  }
});

describe('an archive is refused that holds', () => {
  const link = (path: string, linkpath: string) => ({ path, linkpath, type: 'SymbolicLink' as const });

  test.each<[string, Buffer]>([
    ['a path upwards', tarOf({ path: '../victim', text: 'evil' })],
    ['a path upwards in the middle', tarOf({ path: 'a/../../victim', text: 'evil' })],
    ['a hard link upwards', tarOf({ path: 'a', type: 'Link', linkpath: '../victim' })],
    ['a hard link to a file of the system', tarOf({ path: 'a', type: 'Link', linkpath: '/etc/passwd' })],
    ['a link upwards', tarOf(link('a', '../victim'))],
    ['a file through a link', tarOf(link('a', '.'), { path: 'a/b', text: 'evil' })],
    ['a hard link to its own parent', tarOf({ path: 'a/b', type: 'Link', linkpath: 'a' })],
    ['a link in the place of the target folder', tarOf({ path: '', type: 'Link', linkpath: 'a' })],
    ['a file in the place of the target folder', tarOf({ path: './', text: 'evil' })],
    ['a folder of an incremental backup', tarOf({ path: '/', type: 'GNUDumpDir' })],
    ['a pipe', tarOf({ path: 'a', type: 'FIFO' })],
    ['a character device', tarOf({ path: 'a', type: 'CharacterDevice', devmaj: 1, devmin: 3 })],
    ['a block device', tarOf({ path: 'a', type: 'BlockDevice', devmaj: 8, devmin: 0 })],
    [
      'a header that is damaged',
      damaged(tarOf({ path: 'a', text: 'a' }, { path: 'b', text: 'b' }), 1024 + 5),
    ],
  ])('%s', async (_, archive) => {
    writeFileSync(join(top, 'in-victim'), 'precious');
    for (const bytes of [archive, gzipSync(archive)]) {
      await expect(unpacked(bytes)).rejects.toThrow(ArchiveError);
      await expect(unpacked(bytes)).rejects.toThrow(/from http:\/\/h\/a\.tgz is/);
    }
    expect(existsSync(join(top, 'in', 'victim'))).toBe(false);
  });

  onUnix('links of which each stays inside by its text, while together they lead outside', async () => {
    writeFileSync(join(top, 'victim'), 'precious');
    const archive = tarOf(
      { path: 'd1/d2/', type: 'Directory', mode: 0o755 },
      link('d1/d2/x', '../..'),
      link('l', 'd1/d2/x/../../victim'),
    );
    await expect(unpacked(archive)).rejects.toThrow(/links to outside|escapes/);
    await unpacked(
      tarOf({ path: 'a', text: 'a' }, link('b', 'a'), link('dangling', 'none'), link('self', 'self')),
    );
    expect(all().filter((name) => ['a', 'b', 'dangling', 'self'].includes(name))).toEqual(['a', 'b']);
  });
});

function damaged(archive: Buffer, place: number): Buffer {
  archive[place]! ^= 0x55;
  return archive;
}

onUnix('links whose paths are parts of each other are no reason to wait', async () => {
  const link = (path: string, linkpath: string) => ({ path, linkpath, type: 'SymbolicLink' as const });
  await unpacked(tarOf({ path: 'a/a', text: 'text' }, link('a/b', 'a'), link('c', 'a/a')));
  expect(readFileSync(join(folder, 'a', 'b'), 'utf8')).toBe('text');
  expect(readFileSync(join(folder, 'c'), 'utf8')).toBe('text');
});

describe('archives that are made to fill a disk', () => {
  const zeros = Buffer.alloc(12e6);
  const bombs: [string, Buffer][] = [
    ['a tgz of one large file', gzipSync(tarOf({ path: 'a', text: zeros }))],
    [
      'a tgz of many empty files',
      gzipSync(tarOf(...Array.from({ length: 3000 }, (_, i) => ({ path: `${i}`, text: '' })))),
    ],
    ['a zip of one large file', zipOf([zeros])],
    ['a zip of many files that share their content', zipOf([zeros, zeros, zeros])],
  ];

  test.each(bombs)('%s is refused by its ratio before it is written', async (_, archive) => {
    await expect(unpacked(archive)).rejects.toThrow(ArchiveError);
    await expect(unpacked(archive)).rejects.toThrow(
      /from http:\/\/h\/a\.tgz is refused: it unpacks to more than 100 times its own size.* raise maxRatio/,
    );
    const bytes = all().reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(10e6);
  });

  test.each(bombs)('%s is unpacked if the limit is raised', async (_, archive) => {
    await unpacked(archive, { maxRatio: 1e6 });
    expect(all().length).toBeGreaterThan(0);
  });

  test('are refused by their total', async () => {
    for (const archive of [tarOf({ path: 'a', text: zeros }), zipOf([zeros])]) {
      await expect(unpacked(archive, { maxRatio: 1e6, maxBytes: 11e6 })).rejects.toThrow(
        /is refused: it unpacks to more than 11,000,000 bytes; raise maxBytes/,
      );
      expect(all()).toEqual([]);
    }
  });
});

/** A zip of deflated files, all at the same place in the archive. */
function zipOf(files: Buffer[]): Buffer {
  const packed = deflateRawSync(files[0]!);
  const field = (value: number, bytes: 2 | 4) => {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32LE(value);
    return buffer.subarray(0, bytes);
  };
  const common = Buffer.concat([
    field(20, 2),
    field(0, 2),
    field(8, 2),
    field(0, 4),
    field(crc32(files[0]!), 4),
    field(packed.length, 4),
    field(files[0]!.length, 4),
    field(1, 2),
    field(0, 2),
  ]);
  const header = Buffer.concat([field(0x04034b50, 4), common, Buffer.from('0'), packed]);
  const entries = files.map((_, i) =>
    Buffer.concat([field(0x02014b50, 4), field(20, 2), common, Buffer.alloc(14), Buffer.from(String(i))]),
  );
  const directory = Buffer.concat(entries);
  const end = [field(0x06054b50, 4), field(0, 4), field(files.length, 2), field(files.length, 2)];
  const place = [field(directory.length, 4), field(header.length, 4), field(0, 2)];
  return Buffer.concat([header, directory, ...end, ...place]);
}

testOnDisk(
  'a full disk while unpacking is said to be that, not a damaged archive',
  { kibibytes: 1000 },
  async (disk) => {
    const noise = randomBytes(2e6);
    for (const [name, archive] of [
      ['a.tgz', tarOf({ path: 'a', text: noise })],
      ['a.zip', zipOf([noise])],
    ] as const) {
      writeFileSync(join(top, name), archive);
      const failing = unpack(join(top, name), join(disk, name));
      await expect(failing).rejects.toThrow(WriteError);
      await expect(failing).rejects.toThrow(/disk is full/);
    }
  },
);
