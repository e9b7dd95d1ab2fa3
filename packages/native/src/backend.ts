import { constants } from 'node:buffer';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { type backend_util, type DataType, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Addon } from './addon.js';
import { OutOfMemoryError } from './outOfMemoryError.js';
import { BufferPool } from './pool.js';

/** Number of values that an array can have in this version of Node. */
const { MAX_LENGTH } = constants;

type DataId = TensorInfo['dataId'];
type NativeType = 'float32' | 'int32' | 'bool';

interface ArrayOf {
  float32: Float32Array;
  int32: Int32Array;
  bool: Uint8Array;
}

/** An output tensor: a kernel fills its values, then returns its info. */
export interface Output<D extends NativeType = 'float32'> {
  readonly info: TensorInfo;
  readonly values: ArrayOf[D];
}

/**
 * The TensorFlow.js backend `native`: tfjs's CPU backend with recycled memory.
 *
 * Its tensors are typed arrays, like the CPU backend's, so every CPU kernel works on them unchanged.
 */
export class NativeBackend extends MathBackendCPU {
  readonly pool: BufferPool;
  /** The outputs of the kernel that runs. */
  private outputs: DataId[] = [];

  constructor(readonly addon: Addon) {
    super();
    this.pool = new BufferPool(addon);
    // When first used, the CPU backend recommends tfjs-node, which this backend replaces.
    Reflect.set(this, 'firstUse', false);
  }

  /** Runs one kernel; if it fails or returns no result, its outputs are disposed of. */
  run<Result>(compute: () => Result): Result {
    this.outputs = [];
    let result: Result | undefined;
    try {
      result = compute();
      return result;
    } finally {
      if (result === undefined) for (const output of this.outputs) this.disposeData(output, true);
    }
  }

  /**
   * A new tensor whose values are uninitialized; the caller fills them.
   *
   * @throws Error if a size is not an integer of at least 0.
   */
  output<D extends NativeType = 'float32'>(shape: number[], dtype?: D): Output<D> {
    util.assertNonNegativeIntegerDimensions(shape);
    const type = dtype ?? 'float32';
    const size = util.sizeFromShape(shape);
    const values = this.array(type, size) as ArrayOf[D];
    const dataId = this.write(values, shape, type);
    this.outputs.push(dataId);
    return { values, info: { dataId, shape, dtype: type } };
  }

  /** The values of a float32 tensor; undefined for other types. */
  floats(tensor: TensorInfo): Float32Array | undefined {
    if (tensor.dtype !== 'float32') return undefined;
    const values = this.values(tensor);
    // A cast of the CPU backend may leave int32 values in a float32 tensor.
    return isA(values, 'Float32Array') ? values : Float32Array.from(values as ArrayLike<number>);
  }

  /** The values of an int32 tensor; undefined for other types. */
  ints(tensor: TensorInfo): Int32Array | undefined {
    if (tensor.dtype !== 'int32') return undefined;
    const values = this.values(tensor);
    return isA(values, 'Int32Array') ? values : Int32Array.from(values as ArrayLike<number>);
  }

  /** The values of a bool tensor; undefined for other types. */
  bools(tensor: TensorInfo): Uint8Array | undefined {
    if (tensor.dtype !== 'bool') return undefined;
    const values = this.values(tensor);
    return isA(values, 'Uint8Array') ? values : Uint8Array.from(values as ArrayLike<number>);
  }

  /** The values of a float32, int32 or bool tensor; undefined for other types. */
  numbers(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array | undefined {
    return this.floats(tensor) ?? this.ints(tensor) ?? this.bools(tensor);
  }

  /** The same values with another shape. */
  reshaped(tensor: TensorInfo, shape: number[]): TensorInfo {
    this.incRef(tensor.dataId);
    return { dataId: tensor.dataId, shape, dtype: tensor.dtype };
  }

  /** Whether the values may be overwritten: no other tensor, and nothing outside the backend, refers to them. */
  mayOverwrite({ dataId }: TensorInfo): boolean {
    const { values } = this.data.get(dataId);
    return this.refCount(dataId) === 1 && ArrayBuffer.isView(values) && this.pool.hasOneOwner(values.buffer);
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): DataId {
    this.retain(values);
    return super.write(values, shape, dtype);
  }

  override move(
    dataId: DataId,
    values: backend_util.BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    this.retain(values);
    super.move(dataId, values, shape, dtype, refCount);
  }

  /** A tensor's values; a copy if their memory is recycled. */
  override readSync(dataId: DataId): backend_util.BackendValues {
    const values = super.readSync(dataId);
    return ArrayBuffer.isView(values) && this.pool.owns(values.buffer) ? values.slice() : values;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    const values = this.data.has(dataId) ? this.data.get(dataId).values : undefined;
    const gone = super.disposeData(dataId, force);
    if (gone && ArrayBuffer.isView(values)) this.pool.release(values.buffer);
    return gone;
  }

  override dispose(): void {
    this.pool.trim();
    super.dispose();
  }

  override memory(): ReturnType<MathBackendCPU['memory']> & { numBytesInUse: number; numBytesFree: number } {
    const { inUse, free } = this.pool.usage();
    return { unreliable: false, reasons: [], numBytesInUse: inUse, numBytesFree: free };
  }

  private array(dtype: NativeType, size: number): Float32Array | Int32Array | Uint8Array {
    const bytes = dtype === 'bool' ? size : size * 4;
    if (size > MAX_LENGTH)
      throw new OutOfMemoryError(
        `A tensor of ${size} values, of which an array has at most ${MAX_LENGTH},`,
        bytes,
      );
    const { buffer, offset } = this.pool.allocate(bytes);
    if (dtype === 'float32') return new Float32Array(buffer, offset, size);
    return dtype === 'int32' ? new Int32Array(buffer, offset, size) : new Uint8Array(buffer, offset, size);
  }

  private values(tensor: TensorInfo): backend_util.BackendValues {
    return this.data.get(tensor.dataId).values!;
  }

  private retain(values: backend_util.BackendValues | null | undefined): void {
    if (ArrayBuffer.isView(values)) this.pool.retain(values.buffer);
  }
}

// `instanceof` is false for arrays of another realm, such as a test runner's.
function isA<Name extends 'Float32Array' | 'Int32Array' | 'Uint8Array'>(
  values: backend_util.BackendValues,
  name: Name,
): values is InstanceType<(typeof globalThis)[Name]> {
  return (values as Float32Array)[Symbol.toStringTag] === (name as string);
}
