import { FileFormatError } from '../errors.js';
import { DEEPEST } from '../files/parseJson.js';
import { printable } from '../files/quoted.js';
import { constructionOf, type Maker, RegistryError, registeredName, registration } from './registry.js';

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Encodes a value as JSON. Numbers, strings, lists and plain objects stay as they are; an object created by a registered
 * class becomes `{ "$new": name, "args": […] }`, one created by a registered function `{ "$call": name, "args": […] }`; a
 * registered class or function itself becomes `{ "$name": name }`.
 *
 * @param what The name of the value in messages, such as `'The model'`.
 * @throws RegistryError for a value that was not created by a registered class or function.
 */
export function toConfig(value: unknown, what: string): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return listConfig(value, (i) => `${what}[${i}]`);
  if (typeof value === 'object' || typeof value === 'function') return objectConfig(value, what);
  throw new RegistryError(`${what} is ${String(value)}, which cannot be written to a file.`);
}

/**
 * Recreates the value that {@link toConfig} encoded, using what is registered. Nothing in the file is evaluated.
 *
 * @param isExpected Whether the value is of the expected kind (default: any is).
 * @param what The expected kind, for messages, such as `'a model'`.
 * @throws RegistryError for a name that is not registered.
 * @throws FileFormatError for anything that {@link toConfig} does not write, arguments that a constructor rejects, or a value
 *   that is not of the expected kind.
 */
export function fromConfig(config: Json): unknown;
export function fromConfig<T>(config: Json, isExpected: (value: unknown) => value is T, what: string): T;
export function fromConfig(
  config: Json,
  isExpected: (value: unknown) => boolean = () => true,
  what = 'another value',
): unknown {
  const value = decoded(config, 0);
  if (isExpected(value)) return value;
  throw new FileFormatError(`The file has ${shown(config)} instead of ${what}.`);
}

function decoded(config: Json, depth: number): unknown {
  if (depth > DEEPEST) throw new FileFormatError(`The file is nested deeper than ${DEEPEST} levels.`);
  if (typeof config === 'number' && !Number.isFinite(config)) throw notConfig(config);
  if (typeof config !== 'object' || config === null) return config;
  const all = (parts: readonly Json[]) => parts.map((part) => decoded(part, depth + 1));
  if (isList(config)) return all(config);
  const keys = Object.keys(config);
  const kind = keys.find((key) => key.startsWith('$'));
  if (kind === undefined) return plainObject(config, (part) => decoded(part, depth + 1));
  const { [kind]: name, args } = config;
  const expected = kind === '$name' ? 1 : 2;
  if (typeof name !== 'string' || keys.length !== expected || !['$name', '$new', '$call'].includes(kind)) {
    throw notConfig(config);
  }
  const { maker, isCalled } = registration(name);
  if (kind === '$name') return maker;
  if (!isCalled || !isList(args)) throw notConfig(config);
  return make(maker, all(args), config);
}

function plainObject(config: { readonly [name: string]: Json }, decode: (part: Json) => unknown): object {
  // Copied to another object, it would replace that object's prototype.
  if (Object.hasOwn(config, '__proto__')) throw notConfig(config);
  return Object.fromEntries(Object.entries(config).map(([key, part]) => [key, decode(part)]));
}

function isList(config: Json | undefined): config is readonly Json[] {
  return Array.isArray(config);
}

function make(maker: Maker, args: unknown[], config: { readonly [name: string]: Json }): unknown {
  try {
    return '$new' in config
      ? Reflect.construct(maker as new () => object, args)
      : Reflect.apply(maker as () => unknown, undefined, args);
  } catch (error) {
    if (error instanceof FileFormatError) throw error;
    const { $new = config.$call, args: given } = config;
    const shownArgs = isList(given) ? given.map(shown).join(', ') : '';
    const reason = error instanceof Error ? error.message : String(error);
    throw new FileFormatError(
      `The file asks for ${$new}(${printable(shownArgs, LONGEST_REASON)}), which fails: ${printable(reason, LONGEST_REASON)}`,
      { cause: error },
    );
  }
}

/** Maximum length of a constructor's own message, which may repeat a text in the file. */
const LONGEST_REASON = 500;

/** The beginning of a value from a file, for messages. */
function shown(config: Json | undefined): string {
  return printable(JSON.stringify(config) ?? 'nothing');
}

function objectConfig(value: object, what: string): Json {
  const construction = constructionOf(value);
  if (construction) {
    const { name, isNew } = construction;
    const args = listConfig(construction.args, (i) => `${what}: argument ${i + 1} of ${name}`);
    return isNew ? { $new: name, args } : { $call: name, args };
  }
  if (typeof value === 'function') return nameConfig(value as Maker, what);
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype || prototype === null) return plainConfig(value, what);
  const { name } = value.constructor;
  throw new RegistryError(
    `${what} is a ${name} that was not created by a registered class or function, so it cannot be saved to a file: put @registered('${name}') above ` +
      'its class, or create it with a function returned by registered(name)(…).',
  );
}

function nameConfig(value: Maker, what: string): Json {
  const $name = registeredName(value);
  if ($name !== undefined) return { $name };
  const name = value.name || 'name';
  throw new RegistryError(
    `${what} is ${value.name ? `the function ${value.name}` : 'a function'}, which is not registered, so it cannot be ` +
      `saved to a file: pass the function that named('${name}')(…) returns instead.`,
  );
}

function plainConfig(value: object, what: string): Json {
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  const reserved = entries.find(([key]) => key.startsWith('$'));
  if (reserved)
    throw new RegistryError(`${what} has the key '${reserved[0]}'; keys that start with $ are reserved.`);
  return Object.fromEntries(entries.map(([key, part]) => [key, toConfig(part, `${what}.${key}`)]));
}

/** Without trailing `undefined`s, as optional arguments are when they are passed on. */
function listConfig(values: readonly unknown[], what: (index: number) => string): Json[] {
  const last = values.findLastIndex((value) => value !== undefined);
  return values.slice(0, last + 1).map((value, i) => toConfig(value, what(i)));
}

function notConfig(config: Json): FileFormatError {
  return new FileFormatError(`The file has ${shown(config)}, which is not an encoded value.`);
}
