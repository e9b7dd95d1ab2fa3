import * as tf from '@tensorflow/tfjs-core';
import { FileFormatError } from '../../errors.js';
import type { FileBudget } from '../fileBudget.js';
import { printable, quoted } from '../quoted.js';
import { isCount, shapeElements } from '../shapeElements.js';
import { decodeValues, elementSize, type StoredType } from '../storedType.js';
import { PickleGlobal, type UnpickleOptions } from './unpickle.js';

/** A run of numbers in the file. */
export class Storage {
  constructor(
    readonly type: StoredType,
    readonly key: string,
  ) {}
}

/** A tensor's view of its storage: the arguments of PyTorch's `_rebuild_tensor_v2`. */
export class TensorView {
  readonly storage: Storage;
  readonly size: readonly number[];
  /** Number of elements. */
  readonly count: number;
  private readonly offset: number;
  private readonly stride: readonly number[];

  /**
   * @param isNegative Whether its elements are the negatives of those in the storage, as of `torch.imag` of a conjugate.
   * @throws FileFormatError when the arguments are not those of a tensor.
   */
  constructor(
    [storage, offset, size, stride]: readonly unknown[],
    private readonly isNegative: boolean,
  ) {
    const count = shapeElements(size);
    if (!(storage instanceof Storage) || !isCount(offset) || count === undefined || !isStride(stride, size)) {
      throw new FileFormatError('The pickle in the file builds a tensor from invalid arguments.');
    }
    this.storage = storage;
    this.offset = offset;
    this.size = size as number[];
    this.count = count;
    this.stride = stride;
  }

  tensor(bytes: Uint8Array, name: string): tf.Tensor {
    const { type } = this.storage;
    const own = this.copy(bytes, elementSize[type], name);
    const { values, type: dtype } = decodeValues(own, type, name);
    return tf.tensor(this.isNegative ? values.map((value) => -value) : values, [...this.size], dtype);
  }

  /** Its elements in row-major order, whatever the strides. */
  private copy(bytes: Uint8Array, width: number, name: string): Uint8Array {
    const { offset, size, stride, count } = this;
    const last = size.reduce((sum, n, axis) => sum + (n - 1) * stride[axis]!, offset);
    if (count > 0 && (last + 1) * width > bytes.length) {
      throw new FileFormatError(
        `The tensor ${quoted(name)} [${size}] reaches beyond its storage: the file is damaged; download or save it again.`,
      );
    }
    if (isContiguous(size, stride)) {
      // This constructor copies; the slice of a Node Buffer would be a view.
      return new Uint8Array(bytes.subarray(offset * width, (offset + count) * width));
    }
    const copied = new Uint8Array(count * width);
    let place = 0;
    const copyAxis = (axis: number, from: number) => {
      if (axis === size.length) {
        for (let i = 0; i < width; i++) copied[place++] = bytes[from + i]!;
        return;
      }
      for (let i = 0; i < size[axis]!; i++) copyAxis(axis + 1, from + i * stride[axis]! * width);
    };
    if (count > 0) copyAxis(0, offset * width);
    return copied;
  }
}

function isStride(stride: unknown, size: unknown): stride is number[] {
  return Array.isArray(stride) && stride.length === (size as number[]).length && stride.every(isCount);
}

function isContiguous(size: readonly number[], stride: readonly number[]): boolean {
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
class StorageType extends PickleGlobal {
  constructor(readonly type: StoredType) {
    super(() => {
      throw new FileFormatError(
        'The pickle in the file constructs a storage directly, which is not supported.',
      );
    });
  }
}

/** What an empty dictionary and an entry of one take in memory, roughly. */
const TAKES = { map: 256, entry: 64 };

const dictionary = new PickleGlobal(([items = []], budget) => {
  if (!Array.isArray(items) || !items.every(Array.isArray)) throw new TypeError('the items are not pairs');
  budget.spend(TAKES.map + TAKES.entry * items.length);
  return new Map(items as [unknown, unknown][]);
});
const list = new PickleGlobal(([items = []]) => items);
const tensor = new PickleGlobal((args, budget) => {
  budget.spend(TAKES.map);
  // The seventh argument, which only some tensors have, is a dictionary of flags.
  const flags = args[6];
  return new TensorView(args, flags instanceof Map && flags.get('neg') === true);
});
const parameter = new PickleGlobal(([data]) => data);
/** A tensor with attributes, such as a buffer: the function that rebuilds it, its type, and the function's arguments. */
const withAttributes = new PickleGlobal(([rebuild, , args], budget) => {
  if (rebuild !== tensor || !Array.isArray(args)) throw new TypeError('no tensor is rebuilt');
  return tensor.make(args, budget);
});

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
const ignored = new PickleGlobal((_, budget) => {
  budget.spend(TAKES.map);
  return new Map();
});

/** Resolves the names in a file, and collects its storages in `storages`. */
export function resolver(storages: Map<string, Storage>, budget: FileBudget): UnpickleOptions {
  return {
    budget,
    resolve: (module, name) => {
      const type = module === 'torch' && Object.hasOwn(STORAGES, name) ? STORAGES[name] : undefined;
      if (type) return new StorageType(type);
      const full = `${module}.${name}`;
      if (Object.hasOwn(GLOBALS, full)) return GLOBALS[full]!;
      if (IGNORED.test(full)) return ignored;
      if (OTHER_TENSORS.test(full)) {
        throw new FileFormatError(
          `The file has a tensor of an unsupported kind or type (${printable(full)}): before it is saved, convert it to a dense tensor of a supported type, such as by tensor.to_dense(), dequantize() or float().`,
        );
      }
      throw new FileFormatError(
        `The file names ${printable(full)}, which is neither a tensor of a supported type nor a dictionary: code in a file is never executed, so save model.state_dict() only.`,
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
      if (storage.type !== type.type) throw new TypeError('a storage has two types');
      storages.set(key, storage);
      return storage;
    },
  };
}
