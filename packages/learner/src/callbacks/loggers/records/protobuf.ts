/** Wire types of protobuf fields. */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 };

/**
 * A protobuf message of its fields; pass a repeated field several times.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/.
 *
 * @example
 * const event = message(doubleField(1, seconds), intField(2, step), bytesField(5, summary));
 */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

/** An integer ≥ 0 (`int32`, `int64`, `uint64`); an omitted field means 0. */
export function intField(field: number, value: number): Uint8Array {
  return value === 0 ? message() : message(tag(field, wire.varint), varint(value));
}

/** A `float`. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return message(tag(field, wire.fixed32), bytes);
}

/** A `double`. */
export function doubleField(field: number, value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return message(tag(field, wire.fixed64), bytes);
}

/** A `string`, `bytes`, or a nested message. */
export function bytesField(field: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return message(tag(field, wire.bytes), varint(bytes.length), bytes);
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

/** A varint: seven bits per byte, lowest first; the top bit marks that more bytes follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
