import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '@fastts/core';
import { ArchiveError } from '@fastts/data';
import { unpack } from '../src/downloads/unpack.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Packed {
  name: string | Buffer;
  text: string;
  deflate?: boolean;
  /** The format's bit flags, such as encryption and UTF-8 names. */
  flags?: number;
  /** The recorded size and checksum (default: the correct ones). */
  size?: number;
  crc?: number;
}

/** A zip archive (APPNOTE.TXT 6.3, §4.3), with sizes and offsets of 32 bits, or all of 64. */
function zip(files: readonly Packed[], { is64 = false, comment = '' } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text, deflate = false, flags = 0, ...written } of files) {
    const content = Buffer.from(text);
    const packed = deflate ? deflateRawSync(content) : content;
    const { size = content.length, crc = crc32(content) } = written;
    const bytesOfName = Buffer.from(name);
    const large = is64 ? [size, packed.length, offset] : [];
    const extra = Buffer.concat([
      numbers([5, 2], [2, 2], [0, 2]),
      is64 ? numbers([1, 2], [8 * large.length, 2], ...large.map(in64)) : Buffer.alloc(0),
    ]);
    const common = numbers(
      [20, 2],
      [flags, 2],
      [deflate ? 8 : 0, 2],
      [0, 4],
      [crc, 4],
      [is64 ? ALL : packed.length, 4],
      [is64 ? ALL : size, 4],
      [bytesOfName.length, 2],
    );
    const header = Buffer.concat([numbers([0x04034b50, 4]), common, numbers([0, 2]), bytesOfName, packed]);
    directory.push(
      numbers([0x02014b50, 4], [20, 2]),
      common,
      numbers([extra.length, 2], [3, 2], [0, 2], [0, 2], [0, 4], [is64 ? ALL : offset, 4]),
      bytesOfName,
      extra,
      Buffer.from('abc'),
    );
    parts.push(header);
    offset += header.length;
  }
  const table = Buffer.concat(directory);
  const end64 = numbers(
    [0x06064b50, 4],
    in64(44),
    [45, 2],
    [45, 2],
    [0, 4],
    [0, 4],
    in64(files.length),
    in64(files.length),
    in64(table.length),
    in64(offset),
  );
  const locator = numbers([0x07064b50, 4], [0, 4], in64(offset + table.length), [1, 4]);
  const count = is64 ? 0xffff : files.length;
  const end = numbers(
    [0x06054b50, 4],
    [0, 4],
    [count, 2],
    [count, 2],
    [is64 ? ALL : table.length, 4],
    [is64 ? ALL : offset, 4],
    [comment.length, 2],
  );
  return Buffer.concat([...parts, table, ...(is64 ? [end64, locator] : []), end, Buffer.from(comment)]);
}

const ALL = 0xffffffff;

function in64(value: number): [number, number] {
  return [value, 8];
}

/** Encodes numbers with the given lengths in bytes, little-endian. */
function numbers(...fields: [value: number, bytes: number][]): Buffer {
  return Buffer.concat(
    fields.map(([value, bytes]) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigUInt64LE(BigInt(value));
      return buffer.subarray(0, bytes);
    }),
  );
}

/** Unpacks an archive into an empty folder, and returns the folder. */
async function unpacked(archive: Buffer): Promise<string> {
  const file = join(folder, 'a.zip');
  writeFileSync(file, archive);
  const out = mkdtempSync(join(folder, 'out-'));
  await unpack(file, out);
  return out;
}

const text = 'one two '.repeat(5000);
const files = [
  { name: 'ml/', text: '' },
  { name: 'ml/u.data', text, deflate: true },
  { name: 'ml/README', text: 'read me' },
  { name: 'ml/empty', text: '' },
  { name: 'ml/empty too', text: '', deflate: true },
];

test.each([
  ['in 32 bits', {}],
  ['in 64 bits', { is64: true }],
  ['with a comment', { comment: 'made by PK' }],
])('unpacks stored and deflated files, with sizes %s', async (_, options) => {
  const out = join(await unpacked(zip(files, options)), 'ml');
  const contents = readdirSync(out).map((name) => [name, readFileSync(join(out, name), 'utf8')]);
  expect(Object.fromEntries(contents)).toEqual({
    'u.data': text,
    README: 'read me',
    empty: '',
    'empty too': '',
  });
});

test('reads names as UTF-8, flagged or not, and as code page 437 if they are not valid UTF-8', async () => {
  const archive = zip([
    { name: 'é', text: '', flags: 1 << 11 },
    { name: 'ü', text: '' },
    { name: Buffer.from([0x63, 0x82]), text: 'one' },
    { name: Buffer.from([0x63, 0x8a]), text: 'two' },
  ]);
  expect(readdirSync(await unpacked(archive)).sort()).toEqual(['cè', 'cé', 'é', 'ü']);
});

test.each([
  ['has other contents than recorded', { crc: 1 }, /'a\.txt' has the wrong checksum/],
  ['is longer than recorded', { size: 2 }, /'a\.txt' has the wrong length/],
  ['is shorter than recorded', { size: 4 }, /'a\.txt' has the wrong length/],
  ['is encrypted', { flags: 1 }, /'a\.txt' is encrypted/],
])('rejects a file that %s', async (_, wrong, message) => {
  for (const deflate of [false, true]) {
    const archive = zip([{ name: 'a.txt', text: 'abc', deflate, ...wrong }]);
    await expect(unpacked(archive)).rejects.toThrow(ArchiveError);
    await expect(unpacked(archive)).rejects.toThrow(message);
  }
});

test('rejects two files of the same name', async () => {
  const archive = zip([
    { name: 'a.txt', text: 'abc' },
    { name: 'a.txt', text: 'def' },
  ]);
  await expect(unpacked(archive)).rejects.toThrow(/a\.txt/);
});

test('rejects paths outside of the target folder', async () => {
  const elsewhere = ['../evil.txt', '/evil.txt', ...(process.platform === 'win32' ? ['Z:/evil.txt'] : [])];
  for (const name of elsewhere) {
    await expect(unpacked(zip([{ name, text: 'abc' }]))).rejects.toThrow(/evil\.txt' is outside/);
  }
});

test.each([{}, { is64: true }])(
  'rejects an archive that is truncated or damaged anywhere %p',
  async (options) => {
    const whole = zip(
      [
        { name: 'a', text: 'abcdefgh' },
        { name: 'b', text: 'ab', deflate: true },
      ],
      options,
    );
    for (let place = 0; place < whole.length; place += 3) {
      const damaged = Buffer.from(whole.subarray(0, whole.length - (place % 5)));
      damaged[place] ^= 0x55;
      await unpacked(damaged).catch((error) => {
        if (!(error instanceof ArchiveError)) throw error;
      });
      await expect(unpacked(whole.subarray(0, place))).rejects.toThrow(ArchiveError);
    }
  },
);
