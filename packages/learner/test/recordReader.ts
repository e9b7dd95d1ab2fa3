import { readFile } from 'node:fs/promises';

/** A decoded protobuf message: the values of its fields, by field number. */
export interface Decoded {
  has(field: number): boolean;
  all(field: number): Buffer[];
  bytes(field: number): Buffer;
  text(field: number): string;
  inner(field: number): Decoded;
  /** An integer, a `float` or a `double`; 0 if the field is absent. */
  number(field: number): number;
}

/** Reads a protobuf message. */
export function decode(bytes: Buffer): Decoded {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let [value, scale, byte] = [0, 1, 0];
    do {
      byte = bytes[at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value;
  };
  const take = (length: number) => {
    at += length;
    if (at > bytes.length) throw new Error('The message is truncated.');
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const read = [
      varint,
      () => take(8).readDoubleLE(),
      () => take(varint()),
      null,
      null,
      () => take(4).readFloatLE(),
    ];
    const value = read[tag & 7]!();
    const field = Math.floor(tag / 8);
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  const all = (field: number) => (fields.get(field) ?? []) as Buffer[];
  const one = (field: number) => {
    if (!fields.has(field)) throw new Error(`The message has no field ${field}.`);
    return all(field)[0]!;
  };
  return {
    has: (field) => fields.has(field),
    all,
    bytes: one,
    text: (field) => one(field).toString(),
    inner: (field) => decode(one(field)),
    number: (field) => (fields.get(field)?.[0] ?? 0) as number,
  };
}

/** The events in a TensorBoard file. */
export async function eventsOf(path: string): Promise<Decoded[]> {
  const bytes = await readFile(path);
  const events: Decoded[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    events.push(decode(bytes.subarray(at + 12, at + 12 + length)));
    at += 16 + length;
  }
  return events;
}

/** The records in a W&B file. */
export async function wandbRecords(path: string): Promise<Decoded[]> {
  const bytes = await readFile(path);
  const records: Decoded[] = [];
  let parts: Buffer[] = [];
  for (let at = 7; at < bytes.length; ) {
    const room = 32_768 - (at % 32_768);
    if (room < 7) {
      at += room;
      continue;
    }
    const length = bytes.readUInt16LE(at + 4);
    const kind = bytes[at + 6]!;
    parts.push(bytes.subarray(at + 7, at + 7 + length));
    at += 7 + length;
    if (kind === 1 || kind === 4) {
      records.push(decode(Buffer.concat(parts)));
      parts = [];
    }
  }
  return records;
}

/** The names and values of a W&B row, summary or configuration, as JSON. */
export function wandbItems(content: Decoded): Record<string, string> {
  return Object.fromEntries(
    content.all(1).map((bytes) => {
      const item = decode(bytes);
      return [item.text(1), item.text(16)];
    }),
  );
}
