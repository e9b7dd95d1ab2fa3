import * as tf from '@tensorflow/tfjs-core';
import { FileFormatError } from '../../errors.js';
import { decodeValues, elementSize, type StoredType } from '../storedType.js';
import type { PickleGlobal, UnpickleOptions } from './unpickle.js';

/** A run of numbers in the file. */
export class Storage {
  constructor(
    readonly type: StoredType,
    readonly key: string,
  ) {}
}

/** A tensor's view of its storage: the arguments of PyTorch's `_rebuild_tensor_v2`. */
export class TensorView {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly size: number[],
    readonly stride: number[],
    /** Whether its elements are the negatives of those in the storage, as of `torch.imag` of a conjugate. */
    readonly isNegative = false,
  ) {
    const whole = [offset, size, stride].flat();
    const isGood = storage instanceof Storage && size.length === stride.length && whole.every(isCount);
    if (!isGood) throw new FileFormatError('The pickle in the file builds a tensor from invalid arguments.');
  }

  tensor(bytes: Uint8Array, name: string): tf.Tensor {
    const { type } = this.storage;
    const own = this.copy(bytes, elementSize[type], name);
    const { values, type: dtype } = decodeValues(own, type, name);
    return tf.tensor(this.isNegative ? values.map((value) => -value) : values, this.size, dtype);
  }

  /** Its elements in row-major order, whatever the strides. */
  private copy(bytes: Uint8Array, width: number, name: string): Uint8Array {
    const count = this.size.reduce((a, b) => a * b, 1);
    const last = this.size.reduce((sum, n, axis) => sum + (n - 1) * this.stride[axis]!, this.offset);
    if (count > 0 && (last + 1) * width > bytes.length) {
      throw new FileFormatError(
        `The tensor '${name}' [${this.size}] reaches beyond its storage: the file is damaged; download or save it again.`,
      );
    }
    if (count * width > Math.max(bytes.length, MAX_REPEATED * width)) {
      throw new FileFormatError(
        `The tensor '${name}' [${this.size}] repeats the elements of its storage ${Math.round((count * width) / bytes.length)} times: make it contiguous before it is saved, if the file is not damaged.`,
      );
    }
    if (isContiguous(this.size, this.stride)) {
      // This constructor copies; the slice of a Node Buffer would be a view.
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

/**
 * Maximum number of elements of a tensor that repeats elements of its storage, such as an expanded one, so that a
 * small file cannot exhaust the memory.
 */
const MAX_REPEATED = 2 ** 26;

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

/** The supported element types, by the names of PyTorch's storage classes. */
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

/** A storage class, which determines the element type. */
class StorageType implements PickleGlobal {
  constructor(readonly type: StoredType) {}

  make(): never {
    throw new FileFormatError(
      'The pickle in the file constructs a storage directly, which is not supported.',
    );
  }
}

const dictionary: PickleGlobal = { make: ([items = []]) => new Map(items as [unknown, unknown][]) };
const list: PickleGlobal = { make: ([items = []]) => items };
const tensor: PickleGlobal = {
  // The seventh argument, which only some tensors have, is a dictionary of flags.
  make: ([storage, offset, size, stride, , , flags]) =>
    new TensorView(
      storage as Storage,
      offset as number,
      size as number[],
      stride as number[],
      flags instanceof Map && flags.get('neg') === true,
    ),
};
const parameter: PickleGlobal = { make: ([data]) => data };
/** A tensor with attributes, such as a buffer: the function that rebuilds it, its type, and the function's arguments. */
const withAttributes: PickleGlobal = {
  make: ([rebuild, , args]) => {
    if (!Array.isArray(args)) throw new TypeError('the arguments of a tensor are not a list');
    return (rebuild as PickleGlobal).make(args);
  },
};

/** Everything that weights consist of, by fully qualified name. */
const GLOBALS: Readonly<Record<string, PickleGlobal>> = {
  'collections.OrderedDict': dictionary,
  // Before PyTorch 0.4, where tensors had no gradient themselves.
  'torch._utils._rebuild_tensor': tensor,
  'torch._utils._rebuild_tensor_v2': tensor,
  'torch._utils._rebuild_parameter': parameter,
  'torch._utils._rebuild_parameter_with_state': parameter,
  'torch._tensor._rebuild_from_type_v2': withAttributes,
  'torch.Size': list,
  // fastai's optimizers keep their hyperparameters in this list class.
  'fastcore.foundation.L': list,
};

/** Names that training scripts save beside weights: schedules, arguments, devices and types, NumPy numbers. */
const IGNORED =
  /^(collections\.(Counter|defaultdict)|(builtins|__builtin__)\.(list|dict|set|frozenset|int|float|str|complex)|_codecs\.encode|argparse\.Namespace|pathlib\.(_local\.)?(Posix|Windows)Path|torch\.(Tensor|nn\.parameter\.(Parameter|Buffer)|device|float64|float32|float16|bfloat16|int64|int32|int16|int8|uint8|bool)|numpy\.(dtype|ndarray)|numpy\._?core\.multiarray\.(scalar|_reconstruct))$/;

/** Tensors of other kinds: complex, sparse, quantized, without data, of rare types. */
const OTHER_TENSORS = /^torch\.(_utils\._rebuild_\w+|\w+Storage)$/;

/** Objects that are not part of the weights. Items may still be set on a dictionary. */
const ignored: PickleGlobal = { make: () => new Map() };

/** Resolves the names in a file, and collects its storages in `storages`. */
export function resolver(storages: Map<string, Storage>): UnpickleOptions {
  return {
    resolve: (module, name) => {
      const type = module === 'torch' && Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
      if (type) return new StorageType(type);
      const full = `${module}.${name}`;
      if (Object.hasOwn(GLOBALS, full)) return GLOBALS[full]!;
      if (IGNORED.test(full)) return ignored;
      if (OTHER_TENSORS.test(full)) {
        throw new FileFormatError(
          `The file has a tensor of an unsupported kind or type (${full}): before it is saved, convert it to a dense tensor of a supported type, such as by tensor.to_dense(), dequantize() or float().`,
        );
      }
      throw new FileFormatError(
        `The file names ${full}, which is neither a tensor of a supported type nor a dictionary: code in a file is never executed, so save model.state_dict() only.`,
      );
    },
    persistent: (id) => {
      const [kind, type, key, , , view = null] = Array.isArray(id) ? id : [];
      if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || view !== null) {
        throw new FileFormatError(
          'The pickle in the file has a persistent id that is not a storage: save the file again.',
        );
      }
      const storage = storages.get(key) ?? new Storage(type.type, key);
      storages.set(key, storage);
      return storage;
    },
  };
}
