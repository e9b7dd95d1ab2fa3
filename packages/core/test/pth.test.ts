import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePth, FasttsError, FileFormatError, loadPth } from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/pth.json';

const bytesOf = (file: string) => new Uint8Array(Buffer.from(file, 'base64'));

interface Expected {
  shape: number[];
  values: number[];
  dtype: string;
}

eachEngine(() => {
  it.each(Object.entries(fixture.files))('reads %s', (_, { file, tensors: expected }) => {
    const before = tf.memory().numTensors;
    const tensors = decodePth(bytesOf(file));
    expect([...tensors.keys()]).toEqual(Object.keys(expected));
    for (const [name, { shape, values, dtype }] of Object.entries(expected as Record<string, Expected>)) {
      const tensor = tensors.get(name)!;
      expect(tensor.shape).toEqual(shape);
      expect(tensor.dtype).toBe(dtype);
      expect([...tensor.dataSync()]).toEqual(values);
    }
    expect(tf.memory().numTensors).toBe(before + tensors.size);
    tf.dispose([...tensors.values()]);
  });
});

describe('rejects a file that is not a state dictionary', () => {
  it.each<[string, Uint8Array, RegExp]>([
    [
      'a call of a function',
      bytesOf(fixture.malicious),
      /names posix\.system.*code in a file is never executed/,
    ],
    ['a whole module', bytesOf(fixture.module), /names torch\.nn\.modules\.linear\.Linear/],
    ['complex numbers', bytesOf(fixture.complex), /unsupported kind or type \(torch\.ComplexFloatStorage\)/],
    [
      'a sparse tensor',
      bytesOf(fixture.sparse),
      /_rebuild_sparse_tensor\): before it is saved, convert it to a dense/,
    ],
    ['a quantized tensor', bytesOf(fixture.quantized), /_rebuild_qtensor\)/],
    ['numbers of 8 bits', bytesOf(fixture.float8), /_rebuild_tensor_v3\)/],
    ['a dictionary of numbers', bytesOf(fixture['no tensors']), /no state dictionary/],
    [
      'two state dictionaries',
      bytesOf(fixture.several),
      /several state dictionaries \(generator, discriminator\)/,
    ],
    [
      'a tensor that is expanded too far',
      bytesOf(fixture['expanded too far']),
      /takes more than 67134096 bytes of memory, the limit for a file of 1577 bytes: .*maxBytes/,
    ],
    [
      'a TorchScript program',
      bytesOf(fixture.TorchScript),
      /TorchScript.*torch\.save\(model\.state_dict\(\)/,
    ],
    ['a tar from before 2017', bytesOf(fixture['a tar']), /tar archive, the format of PyTorch before 2017/],
    ['text', new TextEncoder().encode('no weights'), /not written by PyTorch's torch\.save/],
    ['nothing', new Uint8Array(), /not written by PyTorch's torch\.save/],
    [
      'a truncated archive',
      bytesOf(fixture.files['all types'].file).slice(0, 900),
      /zip archive cannot be read: it has no directory/,
    ],
  ])('%s', (_, bytes, message) => {
    const before = tf.memory().numTensors;
    expect(() => decodePth(bytes)).toThrow(FileFormatError);
    expect(() => decodePth(bytes)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    expect(existsSync('executed')).toBe(false);
  });

  it.each(['all types', 'before 1.6'] as const)('damaged anywhere: %s', (name) => {
    const whole = bytesOf(fixture.files[name].file);
    const before = tf.memory().numTensors;
    for (let place = 0; place < whole.length; place += 7) {
      const damaged = whole.slice(0, whole.length - (place % 7));
      damaged[place] = damaged[place]! ^ 0x55;
      try {
        tf.dispose([...decodePth(damaged).values()]);
      } catch (error) {
        expect(error).toBeInstanceOf(FasttsError);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fastts-pth-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read; errors name it', async () => {
    const path = join(folder, 'weights.pth');
    await writeFile(path, bytesOf(fixture.files['views of one storage'].file));
    expect((await loadPth(path)).size).toBe(4);
    await writeFile(path, 'text');
    await expect(loadPth(path)).rejects.toThrow(`${path}: The file was not written by PyTorch's`);
    await expect(loadPth(join(folder, 'none.pth'))).rejects.toThrow(/There is no file/);
  });
});
