import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError, FileFormatError } from '../errors.js';
import { type FileSource, readBytes, sourceName } from './readBytes.js';
import {
  decodeValues,
  elementSize,
  encodeValues,
  isStoredType,
  type StoredType,
  storedTypeOf,
} from './storedType.js';
import { writeFileWhole } from './writeFileWhole.js';

/** Tensors by name. */
export type NamedTensors = ReadonlyMap<string, tf.Tensor> | Readonly<Record<string, tf.Tensor>>;

/** The contents of a safetensors file. */
export interface Safetensors {
  /** Its tensors by name. They belong to the caller. */
  tensors: Map<string, tf.Tensor>;
  /** The strings stored beside the tensors. */
  metadata: Record<string, string>;
}

/**
 * Encodes tensors as the bytes of a safetensors file, readable by Python's `safetensors`.
 *
 * float32 is stored as F32, bool as BOOL, and int32 as I64, PyTorch's default integer type.
 *
 * @throws ArgumentError for a tensor named `__metadata__`, which the format reserves.
 *
 * Source: the format's description at https://github.com/huggingface/safetensors.
 */
export async function encodeSafetensors(
  tensors: NamedTensors,
  metadata?: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const entries =
    tensors instanceof Map ? [...tensors] : Object.entries(tensors as Record<string, tf.Tensor>);
  if (entries.some(([name]) => name === '__metadata__')) {
    throw new ArgumentError(
      "A tensor cannot be saved as '__metadata__', which the format reserves: rename it, or the part of the model.",
    );
  }
  const stored = await Promise.all(
    entries.map(async ([name, tensor]) => {
      const dtype = storedTypeOf(tensor.dtype, name);
      return { name, dtype, shape: tensor.shape, bytes: encodeValues(await tensor.data(), dtype) };
    }),
  );
  // Wide elements first, so that each tensor is aligned to its element size.
  stored.sort((a, b) => elementSize[b.dtype] - elementSize[a.dtype]);
  let end = 0;
  const header = new Map<string, unknown>(metadata ? [['__metadata__', metadata]] : []);
  for (const { name, dtype, shape, bytes } of stored) {
    header.set(name, { dtype, shape, data_offsets: [end, end + bytes.length] });
    end += bytes.length;
  }
  return assemble(
    Object.fromEntries(header),
    stored.map(({ bytes }) => bytes),
  );
}

/**
 * Decodes the bytes of a safetensors file. F64, F32, F16 and BF16 become float32; I64, I32, I16, I8 and U8 become int32;
 * BOOL becomes bool.
 *
 * @throws FileFormatError when the bytes are not a safetensors file, are truncated, or hold a type or an integer that
 *   tfjs does not support.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, data } = split(bytes);
  const { __metadata__: metadata = {}, ...entries } = header;
  const checked = Object.entries(entries).map(([name, entry]) => checkEntry(name, entry));
  checkOffsets(checked, data.length);
  const tensors = new Map<string, tf.Tensor>();
  try {
    for (const { name, dtype, shape, start, end } of checked) {
      const { values, type } = decodeValues(new Uint8Array(data.subarray(start, end)), dtype, name);
      tensors.set(name, tf.tensor(values, shape, type));
    }
  } catch (error) {
    tf.dispose([...tensors.values()]);
    throw error;
  }
  return { tensors, metadata: metadata as Record<string, string> };
}

/**
 * Writes a safetensors file atomically.
 *
 * @param path The file's path; missing folders are created.
 */
export async function saveSafetensors(
  path: string,
  tensors: NamedTensors,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  await writeFileWhole(path, await encodeSafetensors(tensors, metadata));
}

/**
 * Reads a safetensors file.
 *
 * @param source The file's path, its URL, or its bytes.
 * @throws FasttsError when the file does not exist, or the server responds with an error.
 * @throws FileFormatError under the same conditions as {@link decodeSafetensors}.
 */
export async function loadSafetensors(source: FileSource): Promise<Safetensors> {
  const bytes = await readBytes(source);
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    const name = sourceName(source);
    if (name === undefined || !(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(`${name}: ${error.message}`, { cause: error });
  }
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
const ZIP_START = [0x50, 0x4b, 0x03, 0x04];

interface Entry {
  name: string;
  dtype: StoredType;
  shape: number[];
  start: number;
  end: number;
}

function assemble(header: object, parts: Uint8Array[]): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const size = parts.reduce((sum, part) => sum + part.length, LENGTH_BYTES + headerLength);
  const file = new Uint8Array(size);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength);
  file.set(json, LENGTH_BYTES);
  let place = LENGTH_BYTES + headerLength;
  for (const part of parts) {
    file.set(part, place);
    place += part.length;
  }
  return file;
}

function split(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) throw notSafetensors(`it has only ${bytes.length} bytes`);
  if (ZIP_START.every((byte, i) => bytes[i] === byte)) {
    throw notSafetensors(
      "it is a zip, as PyTorch writes. Read a model's weights from one by loadPth; what fastai's export writes is code, which is not run: save learn.model's state_dict there",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = LENGTH_BYTES + Number(view.getBigUint64(0, true));
  if (dataStart > bytes.length) throw notSafetensors('its header is longer than the file');
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart));
  return { header, data: bytes.subarray(dataStart) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null) return header as Record<string, unknown>;
  } catch (error) {
    throw notSafetensors('its header is not JSON', error);
  }
  throw notSafetensors('its header is not a JSON object');
}

function checkEntry(name: string, entry: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (!isStoredType(dtype)) {
    throw new FileFormatError(
      `The tensor '${name}' is of type ${dtype}, which is not supported; save it as one of ${Object.keys(elementSize).join(', ')}.`,
    );
  }
  if (!areIntegers(shape) || !areIntegers(offsets) || offsets.length !== 2) {
    throw notSafetensors(`the shape or the offsets of the tensor '${name}' are missing`);
  }
  const [start, end] = offsets as [number, number];
  const size = shape.reduce((a, b) => a * b, 1) * elementSize[dtype];
  if (end - start !== size) {
    throw notSafetensors(`the tensor '${name}' [${shape}] takes ${end - start} bytes instead of ${size}`);
  }
  return { name, dtype, shape, start, end };
}

/** The format requires that each byte of the data belongs to exactly one tensor. */
function checkOffsets(entries: Entry[], dataLength: number): void {
  let place = 0;
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== place) throw notSafetensors(`the tensor '${name}' begins at ${start} instead of ${place}`);
    place = end;
  }
  if (place > dataLength) {
    throw new FileFormatError(
      `The safetensors file is truncated: its tensors take ${place} bytes, but it has ${dataLength}; download or save it again.`,
    );
  }
  if (place < dataLength) throw notSafetensors(`${dataLength - place} bytes belong to no tensor`);
}

function areIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function notSafetensors(why: string, cause?: unknown): FileFormatError {
  return new FileFormatError(`This is not a safetensors file: ${why}.`, { cause });
}
