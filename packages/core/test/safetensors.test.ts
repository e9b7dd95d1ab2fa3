import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  decodeSafetensors,
  encodeSafetensors,
  FasttsError,
  FileFormatError,
  loadSafetensors,
  saveSafetensors,
} from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/safetensors.json';

const python = () => new Uint8Array(Buffer.from(fixture.base64, 'base64'));

/** A value printed by Python, as stored in tfjs. */
const parse = (text: string) =>
  ({ True: 1, False: 0, inf: Number.POSITIVE_INFINITY })[text] ?? Math.fround(Number(text));

/** A file with the given header and number of data bytes. */
function fileWith(header: unknown, dataLength = 0): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([length, json, Buffer.alloc(dataLength)]));
}

eachEngine(() => {
  it("reads files written by Python's safetensors", () => {
    const { tensors, metadata } = decodeSafetensors(python());
    expect(metadata).toEqual({ format: 'pt', note: 'größe' });
    expect([...tensors.keys()].sort()).toEqual(Object.keys(fixture.tensors).sort());
    for (const [name, { shape, values }] of Object.entries(fixture.tensors)) {
      const tensor = tensors.get(name)!;
      expect(tensor.shape).toEqual(shape);
      const expected = name.startsWith('i') ? values.map(Number) : values.map(parse);
      expect([...tensor.dataSync()]).toEqual(expected);
    }
    const dtypes = Object.fromEntries([...tensors].map(([name, { dtype }]) => [name, dtype]));
    expect(dtypes).toMatchObject({
      f32: 'float32',
      bf16: 'float32',
      i64: 'int32',
      i16: 'int32',
      i8: 'int32',
      u8: 'int32',
      bool: 'bool',
    });
  });

  it("reads what it writes, stored in PyTorch's types", async () => {
    const tensors = {
      weight: tf.tensor2d([1.5, -2, 3, 1e-30], [2, 2]),
      empty: tf.zeros([0, 3]),
      count: tf.scalar(-7, 'int32'),
      mask: tf.tensor1d([true, false, true], 'bool'),
    };
    const bytes = await encodeSafetensors(tensors, { note: 'ü' });
    const header = JSON.parse(
      Buffer.from(bytes.subarray(8, 8 + Number(Buffer.from(bytes).readBigUInt64LE()))).toString(),
    );
    expect(header.count.dtype).toBe('I64');
    expect(header.mask.dtype).toBe('BOOL');
    const back = decodeSafetensors(bytes);
    expect(back.metadata).toEqual({ note: 'ü' });
    for (const [name, tensor] of Object.entries(tensors)) {
      const read = back.tensors.get(name)!;
      expect([read.shape, read.dtype, [...read.dataSync()]]).toEqual([
        tensor.shape,
        tensor.dtype,
        [...tensor.dataSync()],
      ]);
    }
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fastts-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are written completely, in folders that are created', async () => {
    const path = join(folder, 'models', 'a.safetensors');
    await saveSafetensors(path, new Map([['x', tf.ones([2])]]), { a: 'b' });
    expect(await readdir(join(folder, 'models'))).toEqual(['a.safetensors']);
    const { tensors, metadata } = await loadSafetensors(path);
    expect(metadata).toEqual({ a: 'b' });
    expect([...tensors.get('x')!.dataSync()]).toEqual([1, 1]);
  });

  it('are not left incomplete', async () => {
    await writeFile(join(folder, 'taken'), '');
    await expect(saveSafetensors(join(folder, 'taken', 'a'), { x: tf.ones([1]) })).rejects.toThrow();
    await expect(saveSafetensors(join(folder, 'b'), { x: tf.tensor1d(['a']) })).rejects.toThrow(
      /'x' is of type string/,
    );
    expect(await readdir(folder)).toEqual(['taken']);
  });

  it('are named in errors', async () => {
    const path = join(folder, 'a.safetensors');
    await expect(loadSafetensors(path)).rejects.toThrow(FasttsError);
    await expect(loadSafetensors(path)).rejects.toThrow(`There is no file ${path}`);
    await writeFile(path, (await readFile(__filename)).subarray(0, 100));
    await expect(loadSafetensors(path)).rejects.toThrow(`${path}: This is not a safetensors file`);
  });
});

describe('rejects', () => {
  const entry = (dtype: string, shape: number[], offsets: number[]) => ({
    a: { dtype, shape, data_offsets: offsets },
  });
  const far = () => {
    const bytes = fileWith(entry('I64', [1], [0, 8]), 8);
    bytes[bytes.length - 1] = 1;
    return bytes;
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(0), /only 0 bytes/],
    [
      'a zip, as PyTorch and fastai write',
      Buffer.from('PK\x03\x04 and more'),
      /is a zip.*loadPth.*state_dict/,
    ],
    ['a file truncated in the header', python().subarray(0, 50), /header is longer than the file/],
    ['a file truncated in the data', python().subarray(0, -3), /truncated/],
    ['bytes that are not JSON', fileWith('{nonsense'), /not JSON/],
    ['an unknown type', fileWith(entry('F8_E4M3', [1], [0, 1]), 1), /'a' is of type F8_E4M3/],
    [
      'a shape that does not match the data',
      fileWith(entry('F32', [3], [0, 8]), 8),
      /takes 8 bytes instead of 12/,
    ],
    ['a hole', fileWith(entry('F32', [1], [4, 8]), 8), /begins at 4 instead of 0/],
    ['bytes left over', fileWith(entry('F32', [1], [0, 4]), 8), /4 bytes belong to no tensor/],
    ['an invalid shape', fileWith(entry('F32', [-1], [0, 4]), 4), /shape or the offsets/],
    ['a number beyond 32 bits', far(), /'a' holds 72057594037927936/],
  ])('%s', (_, bytes, message) => {
    const before = tf.memory().numTensors;
    expect(() => decodeSafetensors(bytes)).toThrow(FileFormatError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('writes tensors of any name but the one that the format reserves', async () => {
  const names = ['10', '2', '__proto__', 'constructor', ''];
  const values = new Map(names.map((name, i) => [name, tf.tensor1d([i, i + 0.5])]));
  const { tensors } = decodeSafetensors(await encodeSafetensors(values, { constructor: 'x' }));
  expect(new Set(tensors.keys())).toEqual(new Set(names));
  for (const [i, name] of names.entries()) expect([...tensors.get(name)!.dataSync()]).toEqual([i, i + 0.5]);
  const reserved = encodeSafetensors({ __metadata__: tf.scalar(1) });
  await expect(reserved).rejects.toThrow("cannot be saved as '__metadata__', which the format reserves");
  tf.dispose([...tensors.values(), ...values.values()]);
});
