import * as tf from '@tensorflow/tfjs';
import type * as FsExtra from 'fs-extra';
import { FasttsError, FileFormatError } from '../errors.js';
import { nodePackage } from '../nodePackage.js';
import { decodeValues, elementSize, type StoredType } from '../storedType.js';
import { type Stand, type UnpickleOptions, unpickle } from './unpickle.js';
import { zipEntries } from './zipEntries.js';

/**
 * Reads the weights in a file of PyTorch's `torch.save` without executing anything: a state dictionary, or one that
 * the file has under `model` (as fastai's `learn.save`) or `state_dict`. The tensors belong to the caller.
 *
 * A pickle can name any function of Python's to be called; here only what makes tensors and dictionaries stands for
 * something, and any other name is an error that says it. Types become those of {@link decodeSafetensors}.
 *
 * @throws FasttsError when there is no such file.
 * @throws FileFormatError as {@link decodePth}.
 */
export async function loadPth(path: string): Promise<Map<string, tf.Tensor>> {
  const fs = nodePackage<typeof FsExtra>('fs-extra');
  if (!(await fs.pathExists(path))) throw new FasttsError(`There is no file ${path}.`);
  const bytes = await fs.readFile(path);
  try {
    return decodePth(bytes);
  } catch (error) {
    if (error instanceof FileFormatError)
      throw new FileFormatError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * {@link loadPth} of a file's bytes, in the zip format or in that of before PyTorch 1.6.
 *
 * @throws FileFormatError when it is no such file, is damaged, names something else than tensors and dictionaries, or
 *   has no state dictionary.
 */
export function decodePth(bytes: Uint8Array): Map<string, tf.Tensor> {
  const { value, storage } = isZip(bytes) ? readZip(bytes) : readLegacy(bytes);
  const views = stateDictIn(value);
  const tensors = new Map<string, tf.Tensor>();
  try {
    for (const [name, view] of views) {
      const data = storage(view.storage);
      if (!data) throw lacks(view.storage.key);
      tensors.set(name, view.tensor(data, name));
    }
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  }
  return tensors;
}

/** A file's value, in which {@link TensorView}s stand for tensors, and the bytes of its storages. */
interface Contents {
  value: unknown;
  storage(of: Storage): Uint8Array | undefined;
}

/** Numbers that lie somewhere in the file. */
class Storage {
  constructor(
    readonly type: StoredType,
    readonly key: string,
  ) {}
}

/** A tensor's place in its storage: PyTorch's arguments of `_rebuild_tensor_v2`. */
class TensorView {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly size: number[],
    readonly stride: number[],
  ) {
    const whole = [offset, size, stride].flat();
    const isGood = storage instanceof Storage && size.length === stride.length && whole.every(isCount);
    if (!isGood)
      throw new FileFormatError('The pickle in the file makes a tensor of what none can be made of.');
  }

  tensor(bytes: Uint8Array, name: string): tf.Tensor {
    const { type } = this.storage;
    const own = this.copy(bytes, elementSize[type], name);
    const { values, type: dtype } = decodeValues(own, type, name);
    return tf.tensor(values, this.size, dtype);
  }

  /** Its elements in the order of its axes, which strides may have in another. */
  private copy(bytes: Uint8Array, width: number, name: string): Uint8Array {
    const count = this.size.reduce((a, b) => a * b, 1);
    const last = this.size.reduce((sum, n, axis) => sum + (n - 1) * this.stride[axis]!, this.offset);
    if (count * width > bytes.length || (count > 0 && (last + 1) * width > bytes.length)) {
      throw new FileFormatError(
        `The tensor '${name}' [${this.size}] has more elements than its storage: the file is damaged.`,
      );
    }
    if (isContiguous(this.size, this.stride)) {
      // Copied by this constructor: the slice of a Node Buffer would be a view.
      return new Uint8Array(bytes.subarray(this.offset * width, (this.offset + count) * width));
    }
    const copied = new Uint8Array(count * width);
    const at = this.size.map(() => 0);
    for (let i = 0; i < count; i++) {
      const from = at.reduce((sum, index, axis) => sum + index * this.stride[axis]!, this.offset) * width;
      copied.set(bytes.subarray(from, from + width), i * width);
      for (let axis = at.length - 1; axis >= 0 && ++at[axis]! === this.size[axis]!; axis--) at[axis] = 0;
    }
    return copied;
  }
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isContiguous(size: number[], stride: number[]): boolean {
  let step = 1;
  for (let axis = size.length - 1; axis >= 0; axis--) {
    if (size[axis] !== 1 && stride[axis] !== step) return false;
    step *= size[axis]!;
  }
  return true;
}

/** The state dictionary in a file's value: the value itself, or what it has under one of its usual names. */
function stateDictIn(value: unknown): [name: string, view: TensorView][] {
  const inner = value instanceof Map ? (value.get('model') ?? value.get('state_dict')) : undefined;
  for (const candidate of [inner, value]) {
    if (!(candidate instanceof Map)) continue;
    const views = [...candidate].filter(
      (entry): entry is [string, TensorView] => entry[1] instanceof TensorView,
    );
    if (views.length > 0) return views;
  }
  throw new FileFormatError(
    'The file has no state dictionary, neither as a whole nor under model or state_dict: save model.state_dict().',
  );
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

function readZip(bytes: Uint8Array): Contents {
  const entries = zipEntries(bytes);
  const pickle = [...entries.keys()].find((name) => name.endsWith('/data.pkl'));
  if (!pickle) throw new FileFormatError("The archive is none of PyTorch's: it has no data.pkl.");
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order) !== 'little') {
    throw bigEndian();
  }
  const { value } = unpickle(entries.get(pickle)!, whatMayBe(new Map()));
  return { value, storage: ({ key }) => entries.get(`${folder}data/${key}`) };
}

/** What begins a file of before PyTorch 1.6. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * The format before PyTorch 1.6: pickles of a magic number, a version, the machine, the value, and the keys of its
 * storages, each of which follows as its number of elements and these.
 *
 * Source: PyTorch `torch/serialization.py`, `_legacy_save`.
 */
function readLegacy(bytes: Uint8Array): Contents {
  const storages = new Map<string, Storage>();
  const reading = whatMayBe(storages);
  let place = 0;
  const next = () => {
    const { value, end } = unpickle(bytes, reading, place);
    place = end;
    return value;
  };
  if (bytes[0] !== 0x80 || next() !== LEGACY_MAGIC) {
    throw new FileFormatError("The file is none of PyTorch's torch.save.");
  }
  next();
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false) throw bigEndian();
  const value = next();
  const keys = next() as string[];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage || place + 8 > bytes.length) throw lacks(key);
    const start = place + 8;
    place = start + Number(view.getBigInt64(place, true)) * elementSize[storage.type];
    if (place > bytes.length) throw lacks(key);
    found.set(key, bytes.subarray(start, place));
  }
  return { value, storage: ({ key }) => found.get(key) };
}

/** The types of elements that are read, by the names of PyTorch's storages. */
const STORAGES: Readonly<Record<string, StoredType>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/** What stands for a storage's class, which says the type of its elements. */
class StorageType implements Stand {
  constructor(readonly type: StoredType) {}

  make(): never {
    throw new FileFormatError('The pickle in the file makes a storage of its own, which is not read.');
  }
}

const dictionary: Stand = { make: ([items = []]) => new Map(items as [unknown, unknown][]) };

/** All that a file may name, by its full name. */
const STANDS: Readonly<Record<string, Stand>> = {
  'collections.OrderedDict': dictionary,
  'torch._utils._rebuild_tensor_v2': {
    make: ([storage, offset, size, stride]) =>
      new TensorView(storage as Storage, offset as number, size as number[], stride as number[]),
  },
  'torch._utils._rebuild_parameter': { make: ([tensor]) => tensor },
  'torch.Size': { make: ([size]) => size },
  // fastai's optimisers keep their hyperparameters in its list.
  'fastcore.foundation.L': { make: ([items = []]) => items },
};

/** What a file may name; the storages that it tells of are put into `storages`. */
function whatMayBe(storages: Map<string, Storage>): UnpickleOptions {
  return {
    stand: (module, name) => {
      const type = module === 'torch' && Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
      if (type) return new StorageType(type);
      const full = `${module}.${name}`;
      if (Object.hasOwn(STANDS, full)) return STANDS[full]!;
      throw new FileFormatError(
        `The file names ${full}, which is neither a tensor of a type that is read nor a dictionary: nothing in a file is executed, so save model.state_dict() only.`,
      );
    },
    persistent: (id) => {
      const [kind, type, key, , , view = null] = Array.isArray(id) ? id : [];
      if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || view !== null) {
        throw new FileFormatError(
          'The pickle in the file tells of something other than storages: save it anew.',
        );
      }
      const storage = storages.get(key) ?? new Storage(type.type, key);
      storages.set(key, storage);
      return storage;
    },
  };
}

function bigEndian(): FileFormatError {
  return new FileFormatError('The file was saved on a big-endian machine: save it on another.');
}

function lacks(key: string): FileFormatError {
  return new FileFormatError(`The file lacks the storage ${key}: it is cut short; fetch or save it again.`);
}
