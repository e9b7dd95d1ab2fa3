import { crc32, node, type ZipEntry, type ZipSource, zipContent, zipEntries } from '@fastts/core';
import fs from 'fs-extra';
import type { UnpackLimits } from './unpackLimits.js';

/**
 * Unpacks a zip archive (stored or deflated entries, without encryption) into an existing folder.
 *
 * @throws Error that describes what is wrong with the archive, or the operating system's error.
 */
export async function unzip(archive: string, folder: string, limits: UnpackLimits): Promise<void> {
  const handle = await fs.promises.open(archive);
  try {
    const source = {
      size: (await handle.stat()).size,
      read: (start: number, length: number) => {
        const bytes = Buffer.alloc(length);
        fs.readSync(handle.fd, bytes, 0, length, start);
        return bytes;
      },
    };
    const entries = zipEntries(source);
    for (const { size } of entries) limits.add(size);
    for (const entry of entries) await extract(archive, source, entry, folder);
  } finally {
    await handle.close();
  }
}

async function extract(archive: string, source: ZipSource, entry: ZipEntry, folder: string): Promise<void> {
  const { name, method, compressedSize } = entry;
  const path = node.path.resolve(folder, name);
  const within = node.path.relative(folder, path);
  // On Windows a path on another drive is absolute.
  if (node.path.isAbsolute(within) || within.split(node.path.sep)[0] === '..')
    throw new Error(`'${name}' is outside the target folder`);
  if (name.endsWith('/')) {
    await fs.mkdir(path, { recursive: true });
    return;
  }
  if (method !== 0 && method !== 8)
    throw new Error(`'${name}' uses the unsupported compression method ${method}`);
  const { start, end } = zipContent(source, entry);
  await fs.mkdir(node.path.dirname(path), { recursive: true });
  const packed = compressedSize > 0 ? fs.createReadStream(archive, { start, end: end - 1 }) : [];
  const inflate =
    method === 8 && compressedSize > 0 ? node.zlib.createInflateRaw() : new node.stream.PassThrough();
  // Never overwrite: two entries of the same name would become one.
  const out = fs.createWriteStream(path, { flags: 'wx' });
  await node.stream.promises.pipeline(
    packed,
    inflate,
    (chunks: AsyncIterable<Buffer>) => checked(chunks, entry),
    out,
  );
}

/** The content of an entry; throws when its length or checksum is wrong. */
async function* checked(
  chunks: AsyncIterable<Buffer>,
  { name, size, crc32: expected }: ZipEntry,
): AsyncGenerator<Buffer> {
  let [length, checksum] = [0, 0];
  for await (const chunk of chunks) {
    length += chunk.length;
    // Stop early: a small archive can expand to fill the disk.
    if (length > size) break;
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (length !== size) throw new Error(`'${name}' has the wrong length`);
  if (checksum !== expected) throw new Error(`'${name}' has the wrong checksum`);
}
