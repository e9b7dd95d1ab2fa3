import { FileFormatError } from '../errors.js';
import { constructionOf, type Maker, RegistryError, registeredMaker, registeredName } from './registry.js';

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
  const value = decoded(config);
  if (isExpected(value)) return value;
  throw new FileFormatError(`The file has ${JSON.stringify(config).slice(0, 80)} instead of ${what}.`);
}

function decoded(config: Json): unknown {
  if (typeof config !== 'object' || config === null) return config;
  if (Array.isArray(config)) return config.map(decoded);
  const { $name, $new, $call, args, ...rest } = config as Record<string, Json>;
  const name = $name ?? $new ?? $call;
  if (name === undefined) {
    return Object.fromEntries(Object.entries(config).map(([key, part]) => [key, decoded(part)]));
  }
  if (typeof name !== 'string' || Object.keys(rest).length > 0) throw notConfig(config);
  if ($name !== undefined) return registeredMaker(name);
  if (!Array.isArray(args)) throw notConfig(config);
  return make(name, args.map(decoded), $new !== undefined);
}

function make(name: string, args: unknown[], isNew: boolean): unknown {
  const maker = registeredMaker(name);
  try {
    return isNew
      ? Reflect.construct(maker as new () => object, args)
      : Reflect.apply(maker as () => unknown, undefined, args);
  } catch (error) {
    const given = args.map((arg) => JSON.stringify(arg)).join(', ');
    throw new FileFormatError(
      `The file asks for ${name}(${given}), which fails: ${(error as Error).message}`,
      { cause: error },
    );
  }
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
  return new FileFormatError(
    `The file has ${JSON.stringify(config).slice(0, 80)}, which is not an encoded value.`,
  );
}
