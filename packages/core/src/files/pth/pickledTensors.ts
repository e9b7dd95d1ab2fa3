import * as tf from '@tensorflow/tfjs-core';
import { FileFormatError } from '../../errors.js';
import { decodeValues, elementSize, type StoredType } from '../storedType.js';
import type { Stand, UnpickleOptions } from './unpickle.js';

/** Numbers that lie somewhere in the file. */
export class Storage {
  constructor(
    readonly type: StoredType,
    readonly key: string,
  ) {}
}

/** A tensor's place in its storage: PyTorch's arguments of `_rebuild_tensor_v2`. */
export class TensorView {
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
        `The tensor '${name}' [${this.size}] has more elements than its storage: the file is damaged, or the tensor was expanded, and must be saved contiguous.`,
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

/** The types of elements that are read, by the names of PyTorch's storages. */
const STORAGES: Readonly<Record<string, StoredType>> = {
  FloatStorage: 'F32',
  DoubleStorage: 'F64',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
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
const list: Stand = { make: ([items = []]) => items };
const tensor: Stand = {
  make: ([storage, offset, size, stride]) =>
    new TensorView(storage as Storage, offset as number, size as number[], stride as number[]),
};
const parameter: Stand = { make: ([data]) => data };

/** All that weights are made of, by its full name. */
const STANDS: Readonly<Record<string, Stand>> = {
  'collections.OrderedDict': dictionary,
  // Before PyTorch 0.4, whose tensors had no gradient of their own.
  'torch._utils._rebuild_tensor': tensor,
  'torch._utils._rebuild_tensor_v2': tensor,
  'torch._utils._rebuild_parameter': parameter,
  'torch._utils._rebuild_parameter_with_state': parameter,
  'torch.Size': list,
  // fastai's optimisers keep their hyperparameters in its list.
  'fastcore.foundation.L': list,
};

/** What training scripts save beside weights: schedules, arguments, devices and types, NumPy's numbers. */
const BESIDE =
  /^(collections\.(Counter|defaultdict)|(builtins|__builtin__)\.(list|dict|set|frozenset|int|float|str|complex)|_codecs\.encode|argparse\.Namespace|pathlib\.(_local\.)?(Posix|Windows)Path|torch\.(device|float64|float32|float16|bfloat16|int64|int32|int16|int8|uint8|bool)|numpy\.(dtype|ndarray)|numpy\._?core\.multiarray\.(scalar|_reconstruct))$/;

/** What is no part of the weights. A dictionary may still be given items. */
const passedOver: Stand = { make: () => new Map() };

/** What a file may name; the storages that it tells of are put into `storages`. */
export function whatMayBe(storages: Map<string, Storage>): UnpickleOptions {
  return {
    stand: (module, name) => {
      const type = module === 'torch' && Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
      if (type) return new StorageType(type);
      const full = `${module}.${name}`;
      if (Object.hasOwn(STANDS, full)) return STANDS[full]!;
      if (BESIDE.test(full)) return passedOver;
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
