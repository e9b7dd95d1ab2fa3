/** Pieces of pickles, as Python's `pickle` writes them, to make hostile ones of. */

/** Opcodes: texts are those in Latin-1, numbers are single bytes. */
export type Opcodes = string | number | Uint8Array | readonly Opcodes[];

/** The bytes of a whole pickle. */
export function pickle(...parts: Opcodes[]): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from([0x80, 2]), opcodes(parts), Buffer.from('.')]));
}

/** The bytes of opcodes. */
export function opcodes(...parts: Opcodes[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Uint8Array.of(part);
      if (typeof part === 'string') return Buffer.from(part, 'latin1');
      return part instanceof Uint8Array ? part : opcodes(...part);
    }),
  );
}

/** A text of any length. */
export function text(value: string): Uint8Array {
  const encoded = Buffer.from(value);
  return Buffer.concat([Buffer.from('X'), uint32(encoded.length), encoded]);
}

/** An integer up to 2³¹. */
export function int(value: number): Uint8Array {
  return Buffer.concat([Buffer.from('J'), uint32(value)]);
}

/** A tuple of up to three values. */
export function tuple(...values: Uint8Array[]): Uint8Array {
  return Buffer.concat([Buffer.from('('), ...values, Buffer.from('t')]);
}

/** The name of a class or function. */
export function global(name: string): Uint8Array {
  const dot = name.lastIndexOf('.');
  return Buffer.from(`c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`);
}

/** A tensor of float32s that views the storage `key`. */
export function tensorView(key: string, size: number[], stride: number[], offset = 0): Uint8Array {
  const storage = tuple(text('storage'), global('torch.FloatStorage'), text(key), text('cpu'), int(1));
  return Buffer.concat([
    global('torch._utils._rebuild_tensor_v2'),
    tuple(
      Buffer.concat([storage, Buffer.from('Q')]),
      int(offset),
      tuple(...size.map(int)),
      tuple(...stride.map(int)),
      Buffer.from('\x89', 'latin1'),
      Buffer.from('N'),
    ),
    Buffer.from('R'),
  ]);
}

/** A zip archive of stored files, as `torch.save` writes one. */
export function zip(files: readonly (readonly [name: string, content: Uint8Array])[]): Uint8Array {
  const contents: Buffer[] = [];
  const directory: Buffer[] = [];
  let place = 0;
  for (const [name, content] of files) {
    const start = place;
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(Buffer.byteLength(name), 26);
    contents.push(header, Buffer.from(name), Buffer.from(content));
    place += 30 + Buffer.byteLength(name) + content.length;
    directory.push(directoryEntry(name, content.length, start));
  }
  return archive(Buffer.concat(contents), directory);
}

/** An entry of an archive's directory. */
export function directoryEntry(name: string, size: number, start: number): Buffer {
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50, 0);
  entry.writeUInt32LE(size, 20);
  entry.writeUInt32LE(size, 24);
  entry.writeUInt16LE(Buffer.byteLength(name), 28);
  entry.writeUInt32LE(start, 42);
  return Buffer.concat([entry, Buffer.from(name)]);
}

/** An archive of these contents with this directory. */
export function archive(contents: Buffer, directory: readonly Buffer[]): Uint8Array {
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(contents.length, 16);
  return new Uint8Array(Buffer.concat([contents, entries, end]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
