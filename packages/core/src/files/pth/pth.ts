import * as tf from '@tensorflow/tfjs-core';
import { FileFormatError } from '../../errors.js';
import { FileBudget, type FileLimits } from '../fileBudget.js';
import { printable, quoted } from '../quoted.js';
import { readFile } from '../readBytes.js';
import { isCount } from '../shapeElements.js';
import { elementSize } from '../storedType.js';
import { zipContent, zipEntries } from '../zip.js';
import { resolver, type Storage, TensorView } from './pickledTensors.js';
import { unpickle } from './unpickle.js';

/**
 * Loads the weights from a file written by PyTorch's `torch.save`, without executing anything: a state dictionary, or one
 * that a checkpoint stores under `model` (as fastai's `learn.save` does), `state_dict` or `model_state_dict`, or the only
 * one under another name. The tensors belong to the caller.
 *
 * A pickle can name any Python function to be called; here only those that build tensors and dictionaries are
 * recognized. What training scripts save beside the weights (arguments, devices, NumPy numbers) is skipped, and any other
 * name is an error. Types are converted as by {@link decodeSafetensors}.
 *
 * @throws FasttsError when there is no such file, or it cannot be read.
 * @throws FileFormatError under the same conditions as {@link decodePth}.
 */
export async function loadPth(path: string, limits?: FileLimits): Promise<Map<string, tf.Tensor>> {
  const bytes = await readFile(path, limits);
  try {
    return decodePth(bytes, limits);
  } catch (error) {
    if (error instanceof FileFormatError)
      throw new FileFormatError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * Decodes the bytes of a file for {@link loadPth}, in the zip format or in the one before PyTorch 1.6.
 *
 * @throws FileFormatError when the bytes are not such a file, are damaged, name anything but tensors and dictionaries,
 *   have no state dictionary, or take more memory than `limits` allow.
 */
export function decodePth(bytes: Uint8Array, limits?: FileLimits): Map<string, tf.Tensor> {
  const budget = new FileBudget(bytes.length, limits);
  const { value, storage } = isZip(bytes) ? readZip(bytes, budget) : readLegacy(bytes, budget);
  const views = stateDictIn(value);
  // Many tensors can be views of one storage.
  for (const [, { count }] of views) budget.spendTensor(count);
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

/** A file's value, with {@link TensorView}s in place of tensors, and the bytes of its storages. */
interface Contents {
  value: unknown;
  storage(of: Storage): Uint8Array | undefined;
}

/** The keys under which checkpoints store a model's state dictionary: fastai's, the most common, PyTorch's tutorial's. */
const USUAL_NAMES = ['model', 'state_dict', 'model_state_dict'];

/** The state dictionary in a file's value: the one under a usual key, or the only one. */
function stateDictIn(value: unknown): [name: string, view: TensorView][] {
  const own = viewsIn(value);
  // One dictionary may be there under many names.
  const known = new Map<unknown, [name: string, view: TensorView][]>();
  const inner = (value instanceof Map ? [...value] : [])
    .map(([name, member]) => {
      const views = known.get(member) ?? viewsIn(member);
      known.set(member, views);
      return { name: typeof name === 'string' ? name : 'a name that is not a text', views };
    })
    .filter(({ views }) => views.length > 0);
  for (const usual of USUAL_NAMES) {
    const found = inner.find(({ name }) => name === usual);
    if (found) return found.views;
  }
  // There may be tensors beside a state dictionary, such as the loss.
  const larger = inner.filter(({ views }) => views.length > own.length);
  if (larger.length > 1) {
    const names = printable(larger.map(({ name }) => name).join(', '));
    throw new FileFormatError(
      `The file has several state dictionaries (${names}), none of them under ${USUAL_NAMES.join(', ')}: save only the one to load.`,
    );
  }
  const views = larger[0]?.views ?? own;
  if (views.length > 0) return views;
  throw new FileFormatError(
    'The file has no state dictionary, neither at the top level nor one level below: save model.state_dict().',
  );
}

function viewsIn(value: unknown): [name: string, view: TensorView][] {
  return (value instanceof Map ? [...value] : []).filter(
    (entry): entry is [string, TensorView] => typeof entry[0] === 'string' && entry[1] instanceof TensorView,
  );
}

function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b;
}

function isTar(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(257, 262)) === 'ustar';
}

function readZip(bytes: Uint8Array, budget: FileBudget): Contents {
  const entries = storedFiles(bytes, budget);
  if ([...entries.keys()].some((name) => name.endsWith('/constants.pkl'))) {
    throw new FileFormatError(
      'The file is a TorchScript program, written by torch.jit.save: save its weights by torch.save(model.state_dict(), file).',
    );
  }
  const pickle = [...entries.keys()].find((name) => name.endsWith('/data.pkl'));
  if (!pickle) throw new FileFormatError('The archive was not written by PyTorch: it has no data.pkl.');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = entries.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order) !== 'little') {
    throw bigEndian();
  }
  const { value } = unpickle(entries.get(pickle)!, resolver(new Map(), budget));
  return { value, storage: ({ key }) => entries.get(`${folder}data/${key}`) };
}

/** The files of a zip archive by name, as views. CRCs are not checked: `torch.save` may omit them. */
function storedFiles(bytes: Uint8Array, budget: FileBudget): Map<string, Uint8Array> {
  const source = {
    size: bytes.length,
    read: (start: number, length: number) => bytes.subarray(start, start + length),
  };
  try {
    // The code of a TorchScript program is compressed.
    const entries = zipEntries(source).filter(({ name }) => !name.includes('/code/'));
    const files = entries.map((entry) => {
      budget.spend(ZIP_ENTRY_BYTES);
      if (entry.method !== 0) {
        throw new FileFormatError(`${quoted(entry.name)} is compressed, which PyTorch's archives never are`);
      }
      return { name: entry.name, ...zipContent(source, entry) };
    });
    checkApart(files);
    return new Map(files.map(({ name, start, end }) => [name, bytes.subarray(start, end)]));
  } catch (error) {
    if (!(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(
      `The zip archive cannot be read: ${error.message}. Download or save it again.`,
      {
        cause: error,
      },
    );
  }
}

/** What an entry of the archive takes in memory, roughly. */
const ZIP_ENTRY_BYTES = 512;

/** In an archive that was not made to mislead, names are unique and contents do not overlap. */
function checkApart(files: readonly { name: string; start: number; end: number }[]): void {
  const names = new Set<string>();
  let before = { name: '', end: 0 };
  for (const file of [...files].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (names.has(file.name)) throw new FileFormatError(`it has ${quoted(file.name)} twice`);
    names.add(file.name);
    if (file.start < before.end) {
      throw new FileFormatError(`${quoted(file.name)} overlaps ${quoted(before.name)}`);
    }
    before = file;
  }
}

/** The first bytes of a file written before PyTorch 1.6. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * Reads the format before PyTorch 1.6: pickles of a magic number, a version, the machine, the value, and the storage
 * keys; then for each storage its number of elements, followed by the elements.
 *
 * Source: PyTorch `torch/serialization.py`, `_legacy_save`.
 */
function readLegacy(bytes: Uint8Array, budget: FileBudget): Contents {
  const storages = new Map<string, Storage>();
  const reading = resolver(storages, budget);
  let place = 0;
  const next = () => {
    const { value, end } = unpickle(bytes, reading, place);
    place = end;
    return value;
  };
  if (isTar(bytes)) {
    throw new FileFormatError(
      'The file is a tar archive, the format of PyTorch before 2017: load it in PyTorch and save it again.',
    );
  }
  if (bytes[0] !== 0x80 || next() !== LEGACY_MAGIC) {
    throw new FileFormatError("The file was not written by PyTorch's torch.save.");
  }
  next();
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false) throw bigEndian();
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw lacks(keys);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || found.has(key) || place + 8 > bytes.length) throw lacks(key);
    const count = Number(view.getBigInt64(place, true));
    const start = place + 8;
    const end = start + count * elementSize[storage.type];
    if (!isCount(count) || end > bytes.length) throw lacks(key);
    found.set(key, bytes.subarray(start, end));
    place = end;
  }
  return { value, storage: ({ key }) => found.get(key) };
}

function bigEndian(): FileFormatError {
  return new FileFormatError(
    'The file was saved on a big-endian machine: save it on a little-endian machine.',
  );
}

function lacks(key: unknown): FileFormatError {
  const name = typeof key === 'string' ? printable(key) : 'of a tensor';
  return new FileFormatError(
    `The file lacks the storage ${name}: it is truncated; download or save it again.`,
  );
}
