import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;

/**
 * Unpacks a zip archive (stored or deflated entries, without encryption, below 4 GiB) into an existing folder.
 *
 * Source: PKWARE, `APPNOTE.TXT` 6.3, §4.3.
 *
 * @throws Error that says what is wrong with the archive
 */
export async function unzip(archive: string, folder: string): Promise<void> {
  const handle = await open(archive);
  try {
    for (const entry of await readEntries(handle)) await extract(handle, archive, entry, folder);
  } finally {
    await handle.close();
  }
}

interface Entry {
  name: string;
  method: number;
  compressed: number;
  size: number;
  offset: number;
}

async function readEntries(handle: FileHandle): Promise<Entry[]> {
  const { size } = await handle.stat();
  // The end record is 22 bytes and a comment of up to 65,535.
  const tail = await bytes(handle, Math.max(0, size - 22 - 0xffff), Math.min(size, 22 + 0xffff));
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (at < 0 || tail.readUInt32LE(at) !== END) throw new Error('it has no table of contents');
  const count = tail.readUInt16LE(at + 10);
  const directory = await bytes(handle, tail.readUInt32LE(at + 16), tail.readUInt32LE(at + 12));
  const entries: Entry[] = [];
  for (let i = 0, p = 0; i < count; i++) {
    if (directory.readUInt32LE(p) !== ENTRY) throw new Error('its table of contents is damaged');
    if (directory.readUInt16LE(p + 8) & 1) throw new Error('it is encrypted');
    const nameLength = directory.readUInt16LE(p + 28);
    entries.push({
      name: directory.toString('utf8', p + 46, p + 46 + nameLength),
      method: directory.readUInt16LE(p + 10),
      compressed: directory.readUInt32LE(p + 20),
      size: directory.readUInt32LE(p + 24),
      offset: directory.readUInt32LE(p + 42),
    });
    p += 46 + nameLength + directory.readUInt16LE(p + 30) + directory.readUInt16LE(p + 32);
  }
  return entries;
}

async function extract(handle: FileHandle, archive: string, entry: Entry, folder: string): Promise<void> {
  const path = resolve(folder, entry.name);
  const within = relative(folder, path);
  // Absolute on Windows, where it is on another drive.
  if (isAbsolute(within) || within.split(sep)[0] === '..')
    throw new Error(`${entry.name} lies outside of it`);
  if (entry.name.endsWith('/')) {
    await mkdir(path, { recursive: true });
    return;
  }
  if (entry.method !== 0 && entry.method !== 8)
    throw new Error(`${entry.name} is packed by method ${entry.method}`);
  const local = await bytes(handle, entry.offset, 30);
  if (local.readUInt32LE(0) !== LOCAL) throw new Error(`${entry.name} is damaged`);
  const start = entry.offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  await mkdir(dirname(path), { recursive: true });
  const out = createWriteStream(path);
  if (entry.compressed === 0) await pipeline([], out);
  else {
    const packed = createReadStream(archive, { start, end: start + entry.compressed - 1 });
    if (entry.method === 8) await pipeline(packed, createInflateRaw(), out);
    else await pipeline(packed, out);
  }
  if (out.bytesWritten !== entry.size) throw new Error(`${entry.name} has the wrong length`);
}

async function bytes(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  if (bytesRead < length) throw new Error('it ends too early');
  return buffer;
}
