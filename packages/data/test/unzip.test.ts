import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { ArchiveError } from '@fastts/data';
import { unpack } from '../src/downloads/unpack.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A zip archive of files with their contents, odd ones deflated (APPNOTE.TXT 6.3, §4.3). */
function zip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [i, [name, text]] of Object.entries(files).entries()) {
    const content = Buffer.from(text);
    const packed = i % 2 ? deflateRawSync(content) : content;
    const sizes = Buffer.alloc(18);
    sizes.writeUInt16LE(i % 2 ? 8 : 0, 0);
    sizes.writeUInt32LE(packed.length, 10);
    sizes.writeUInt32LE(content.length, 14);
    const lengths = Buffer.alloc(4);
    lengths.writeUInt16LE(name.length, 0);
    const local = Buffer.concat([
      Buffer.from('504b030414000000', 'hex'),
      sizes,
      lengths,
      Buffer.from(name),
      packed,
    ]);
    const rest = Buffer.alloc(16);
    rest.writeUInt32LE(offset, 12);
    directory.push(
      Buffer.from('504b0102140014000000', 'hex'),
      sizes,
      lengths.subarray(0, 2),
      rest,
      Buffer.from(name),
    );
    parts.push(local);
    offset += local.length;
  }
  const table = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('504b0506', 0, 'hex');
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(table.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, table, end]);
}

test('unpacks stored and deflated files', async () => {
  const file = join(folder, 'a.zip');
  writeFileSync(
    file,
    zip({ 'ml/': '', 'ml/u.data': 'one two '.repeat(500), 'ml/README': 'read me', 'ml/empty': '' }),
  );
  await unpack(file, join(folder, 'out'));
  expect(readFileSync(join(folder, 'out', 'ml', 'u.data'), 'utf8')).toBe('one two '.repeat(500));
  expect(readFileSync(join(folder, 'out', 'ml', 'README'), 'utf8')).toBe('read me');
  expect(readFileSync(join(folder, 'out', 'ml', 'empty'), 'utf8')).toBe('');
});

test('refuses what is cut short, and what would write elsewhere', async () => {
  const file = join(folder, 'a.zip');
  writeFileSync(file, zip({ 'a.txt': 'abc', 'b.txt': 'abc' }).subarray(0, 60));
  await expect(unpack(file, join(folder, 'out'))).rejects.toThrow(ArchiveError);
  const elsewhere = ['../evil.txt', '/evil.txt', ...(process.platform === 'win32' ? ['Z:/evil.txt'] : [])];
  for (const name of elsewhere) {
    writeFileSync(file, zip({ [name]: 'abc' }));
    await expect(unpack(file, join(folder, 'out'))).rejects.toThrow(/evil\.txt lies outside/);
  }
});
