import { decodePth, decodeSafetensors, encodeSafetensors, FileFormatError } from '@fastts/core';
import { edited, edits, hostileJson, replaced, replacements } from '@fastts/testing/hostile';
import { peakBytes } from '@fastts/testing/peakBytes';
import { testProperty } from '@fastts/testing/property';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import fixture from '../fixtures/pth.json';
import { global, int, type Opcodes, opcodes, pickle, tensorView, text, tuple, zip } from './pickles.js';

/** Whatever is in a file, it is decoded or a FileFormatError says why not, and its tensors are within its limits. */
async function survives(bytes: Uint8Array, decode: (bytes: Uint8Array) => Map<string, tf.Tensor>) {
  const before = tf.memory().numTensors;
  const taken = await peakBytes(() => {
    try {
      tf.dispose([...decode(bytes).values()]);
    } catch (error) {
      expect(error).toBeInstanceOf(FileFormatError);
      expect((error as Error).message.length).toBeLessThan(1000);
    }
  });
  expect(taken).toBeLessThanOrEqual(16 * bytes.length + 64 * 2 ** 20);
  expect(tf.memory().numTensors).toBe(before);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

const fromSafetensors = (bytes: Uint8Array) => decodeSafetensors(bytes).tensors;

let valid: Uint8Array;
let header: unknown;
let data: Uint8Array;
beforeAll(async () => {
  const tensors = {
    a: tf.ones([2, 3]),
    b: tf.scalar(7, 'int32'),
    c: tf.tensor1d([true, false], 'bool'),
    d: tf.zeros([0]),
  };
  valid = await encodeSafetensors(tensors, { note: 'x' });
  tf.dispose(tensors);
  const end = 8 + Number(Buffer.from(valid).readBigUInt64LE());
  header = JSON.parse(Buffer.from(valid.subarray(8, end)).toString());
  data = valid.subarray(end);
});

testProperty('a safetensors file with any bytes changed is decoded or refused', [edits], (changes) =>
  survives(edited(valid, changes), fromSafetensors),
);

testProperty(
  'a safetensors file with any part of its header changed is decoded or refused',
  [replacements(), fc.boolean()],
  (changes, isWhole) => {
    const json = Buffer.from(JSON.stringify(replaced(header, changes)) ?? '');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return survives(Buffer.concat([length, json, isWhole ? data : data.subarray(5)]), fromSafetensors);
  },
);

testProperty('any JSON as the header of a safetensors file is decoded or refused', [hostileJson], (value) => {
  const json = Buffer.from(JSON.stringify(value));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return survives(Buffer.concat([length, json]), fromSafetensors);
});

const files = Object.values(fixture.files).map(({ file }) => new Uint8Array(Buffer.from(file, 'base64')));

testProperty(
  'a .pth with any bytes changed is decoded or refused',
  [fc.constantFrom(...files), edits],
  (file, changes) => survives(edited(file, changes), decodePth),
);

/** Opcodes that are in pickles of tensors, and some that are not. */
const operations: fc.Arbitrary<Opcodes> = fc.oneof(
  fc.constantFrom<Opcodes>(
    ...'(0N})]tusaeRQb.1',
    ...'\x85\x86\x87\x88\x89\x8f\x90\x91\x93\x94\x81',
    'io\x82\x95P',
    '2',
  ),
  fc.nat(4).map((key): Opcodes => ['q', key]),
  fc.nat(4).map((key): Opcodes => ['h', key]),
  fc.constantFrom(0, 1, 2, 64, 65, 1024, 2 ** 20, 2 ** 31 - 1, 2 ** 32 - 1).map(int),
  fc
    .constantFrom('', 'a', '0', 'storage', 'cpu', 'model', 'state_dict', '__proto__', 'torch', 'FloatStorage')
    .map(text),
  fc.uint8Array({ maxLength: 12 }).map((bytes): Opcodes => ['\x8a', bytes.length, bytes]),
  fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes): Opcodes => ['G', bytes]),
  fc
    .constantFrom(
      ...[
        'torch.FloatStorage',
        'torch.BoolStorage',
        'torch._utils._rebuild_tensor_v2',
        'torch.Size',
        'os.system',
      ],
      ...[
        'torch._tensor._rebuild_from_type_v2',
        'collections.OrderedDict',
        'torch._utils._rebuild_parameter',
      ],
      ...['builtins.set', 'builtins.eval', 'fastcore.foundation.L', '.__proto__', 'torch.constructor'],
    )
    .map(global),
  fc
    .tuple(
      fc.array(fc.constantFrom(0, 1, 2, 3, 4, 2 ** 16, 2 ** 31 - 1), { maxLength: 4 }),
      fc.nat(5),
      fc.nat(5),
    )
    .map(
      ([size, stride, offset]): Opcodes =>
        tensorView(
          '0',
          size,
          size.map(() => stride),
          offset,
        ),
    ),
  fc.constant<Opcodes>([text('a'), tensorView('0', [2], [1]), 's']),
  fc.constant<Opcodes>(tuple(text('a'), int(1))),
);

testProperty(
  'a .pth of any opcodes is decoded or refused',
  [fc.array(operations, { maxLength: 60 }), fc.boolean()],
  (ops, isDictionary) => {
    const made = pickle(isDictionary ? '}' : '', opcodes(...ops));
    const archive = zip([
      ['a/data.pkl', made],
      ['a/data/0', new Uint8Array(16)],
    ]);
    return survives(archive, decodePth);
  },
  { numRuns: 300 },
);

testProperty(
  'a .pth from before 1.6 of any opcodes is decoded or refused',
  [
    fc.array(operations, { maxLength: 30 }),
    fc.array(operations, { maxLength: 6 }),
    fc.uint8Array({ maxLength: 40 }),
  ],
  (ops, keys, rest) => {
    const magic = pickle(Buffer.from([0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]));
    const parts = [magic, pickle(int(1001)), pickle('}'), pickle('}', ...ops), pickle(']', ...keys), rest];
    return survives(new Uint8Array(Buffer.concat(parts)), decodePth);
  },
);
