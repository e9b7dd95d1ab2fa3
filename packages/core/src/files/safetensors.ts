import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError, FileFormatError } from '../errors.js';
import { FileBudget, type FileLimits } from './fileBudget.js';
import { isRecord, parseJson } from './parseJson.js';
import { printable, quoted } from './quoted.js';
import { type FileSource, readBytes, sourceName } from './readBytes.js';
import { isCount, shapeElements } from './shapeElements.js';
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
 * The file need not be trusted: everything in it is checked before memory is allocated for it.
 *
 * @throws FileFormatError when the bytes are not a safetensors file, are truncated, hold a type or an integer that tfjs
 *   does not support, or take more memory than `limits` allow.
 */
export function decodeSafetensors(bytes: Uint8Array, limits?: FileLimits): Safetensors {
  const budget = new FileBudget(bytes.length, limits);
  const { header, data } = split(bytes, budget);
  const { __metadata__: metadata = {}, ...entries } = header;
  checkMetadata(metadata);
  const checked = Object.entries(entries).map(([name, entry]) => checkEntry(name, entry));
  checkOffsets(checked, data.length);
  for (const { elements } of checked) budget.spendTensor(elements);
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
  return { tensors, metadata };
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
export async function loadSafetensors(source: FileSource, limits?: FileLimits): Promise<Safetensors> {
  const bytes = await readBytes(source, limits);
  try {
    return decodeSafetensors(bytes, limits);
  } catch (error) {
    const name = sourceName(source);
    if (name === undefined || !(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(`${name}: ${error.message}`, { cause: error });
  }
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/** As in the format's reference implementation. */
const LONGEST_HEADER = 100_000_000;
const ZIP_START = [0x50, 0x4b, 0x03, 0x04];

interface Entry {
  name: string;
  dtype: StoredType;
  shape: number[];
  elements: number;
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

function split(bytes: Uint8Array, budget: FileBudget): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < LENGTH_BYTES) throw notSafetensors(`it has only ${bytes.length} bytes`);
  if (ZIP_START.every((byte, i) => bytes[i] === byte)) {
    throw notSafetensors(
      "it is a zip, as PyTorch writes. Read a model's weights from one by loadPth; what fastai's export writes is code, which is not run: save learn.model's state_dict there",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (LENGTH_BYTES + length > bytes.length) throw notSafetensors('its header is longer than the file');
  if (length > LONGEST_HEADER) {
    throw notSafetensors(`its header has ${length} bytes, more than the ${LONGEST_HEADER} of the format`);
  }
  const dataStart = LENGTH_BYTES + length;
  return {
    header: parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), budget),
    data: bytes.subarray(dataStart),
  };
}

function parseHeader(bytes: Uint8Array, budget: FileBudget): Record<string, unknown> {
  const header = parseJson(decodedText(bytes), budget, 'This is not a safetensors file: its header');
  if (isRecord(header)) return header;
  throw notSafetensors('its header is not a JSON object');
}

function decodedText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw notSafetensors('its header is not JSON', error);
  }
}

function checkMetadata(metadata: unknown): asserts metadata is Record<string, string> {
  if (isRecord(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) return;
  throw notSafetensors('its __metadata__ is not an object of strings');
}

function checkEntry(name: string, entry: unknown): Entry {
  if (!isRecord(entry)) throw notSafetensors(`the tensor ${quoted(name)} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isStoredType(dtype)) {
    const type = typeof dtype === 'string' ? `of type ${printable(dtype)}` : 'without a type';
    throw new FileFormatError(
      `The tensor ${quoted(name)} is ${type}, which is not supported; save it as one of ${Object.keys(elementSize).join(', ')}.`,
    );
  }
  const elements = shapeElements(shape);
  if (elements === undefined || !areOffsets(offsets)) {
    throw notSafetensors(`the shape or the offsets of the tensor ${quoted(name)} are missing or invalid`);
  }
  const [start, end] = offsets;
  const size = elements * elementSize[dtype];
  if (end - start !== size) {
    throw notSafetensors(
      `the tensor ${quoted(name)} [${shape}] takes ${end - start} bytes instead of ${size}`,
    );
  }
  return { name, dtype, shape: shape as number[], elements, start, end };
}

/** The format requires that each byte of the data belongs to exactly one tensor. */
function checkOffsets(entries: Entry[], dataLength: number): void {
  let place = 0;
  for (const { name, start, end } of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== place) {
      throw notSafetensors(`the tensor ${quoted(name)} begins at ${start} instead of ${place}`);
    }
    place = end;
  }
  if (place > dataLength) {
    throw new FileFormatError(
      `The safetensors file is truncated: its tensors take ${place} bytes, but it has ${dataLength}; download or save it again.`,
    );
  }
  if (place < dataLength) throw notSafetensors(`${dataLength - place} bytes belong to no tensor`);
}

function areOffsets(value: unknown): value is [start: number, end: number] {
  return Array.isArray(value) && value.length === 2 && value.every(isCount);
}

function notSafetensors(why: string, cause?: unknown): FileFormatError {
  return new FileFormatError(`This is not a safetensors file: ${why}.`, { cause });
}
