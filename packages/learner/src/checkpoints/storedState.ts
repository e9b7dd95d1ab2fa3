import { FileBudget, FileFormatError, isRecord, parseJson } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';

/** A state as JSON in which names stand for its tensors. */
export interface StoredState {
  json: string;
  /** The tensors, which still belong to the owner of the state. */
  tensors: Map<string, tf.Tensor>;
}

/** Marks what JSON has no values for: a tensor by its name, or a number by its text. */
const MARK = '$';

/**
 * Converts a state of numbers, strings, booleans, `null`, tensors, lists and plain objects. All numbers keep their bits, also
 * −0, NaN and infinity; properties that are `undefined` are omitted.
 *
 * @throws LearnerError naming the place of any other value.
 */
export function storeState(state: object): StoredState {
  const tensors = new Map<string, tf.Tensor>();
  const convert = (value: unknown, place: string): unknown => {
    if (value instanceof tf.Tensor) {
      // A property may have a name with dots.
      const name = tensors.has(place) ? `${place}#${tensors.size}` : place;
      tensors.set(name, value);
      return { [MARK]: 'tensor', name };
    }
    if (typeof value === 'number') {
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [MARK]: Object.is(value, -0) ? '-0' : String(value) };
    }
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (Array.isArray(value)) return value.map((one, i) => convert(one, `${place}.${i}`));
    if (!isPlain(value) || MARK in value) {
      throw new LearnerError(
        `${place || 'A state'} cannot be saved in a checkpoint: a state consists of numbers, strings, booleans, null, tensors, lists and plain objects (without a property '${MARK}').`,
      );
    }
    const kept = Object.entries(value).filter(([, one]) => one !== undefined);
    return Object.fromEntries(
      kept.map(([name, one]) => [name, convert(one, place ? `${place}.${name}` : name)]),
    );
  };
  return { json: JSON.stringify(convert(state, '')), tensors };
}

/**
 * The state that {@link storeState} converted.
 *
 * @throws FileFormatError when the text is not JSON, or names a tensor that does not exist.
 */
export function restoreState({ json, tensors }: StoredState): unknown {
  const revive = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(revive);
    if (!isRecord(value)) return value;
    const { [MARK]: mark, name } = value;
    if (mark === undefined) {
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, revive(one)]));
    }
    if (mark !== 'tensor') return Number(mark);
    const tensor = tensors.get(String(name));
    if (!tensor) throw new FileFormatError(`The checkpoint does not have its tensor '${name}'.`);
    return tensor;
  };
  return revive(parseJson(json, new FileBudget(json.length), "The checkpoint's state"));
}

/**
 * Checks that a state which was read has the form of the present one: the same properties of the same types. Elements of lists
 * are not checked, and what is `null` in one may be anything in the other.
 *
 * @throws FileFormatError naming the first place that differs.
 */
export function checkForm(read: unknown, present: unknown, place: string): void {
  if (read === null || present === null) return;
  if (kindOf(read) !== kindOf(present)) {
    throw new FileFormatError(
      `The checkpoint has ${kindOf(read)} for ${place}, where ${kindOf(present)} is expected.`,
    );
  }
  if (!isPlain(read) || !isPlain(present)) return;
  for (const [name, value] of Object.entries(present)) checkForm(read[name], value, `${place}.${name}`);
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof tf.Tensor) return 'a tensor';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
