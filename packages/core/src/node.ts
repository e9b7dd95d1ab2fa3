import { FasttsError } from './errors.js';

/** Whether the program runs in Node, rather than in a page. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && Boolean(process.versions?.node);
}

/**
 * Node's modules, each loaded on first use. Code that a page may load accesses Node through this object and, for
 * files, fs-extra, so that bundlers for a page find no imports of Node's modules.
 *
 * @throws FasttsError in a page.
 */
export const node: Builtins = {
  get async_hooks() {
    return load('node:async_hooks');
  },
  get crypto() {
    return load('node:crypto');
  },
  get fs() {
    return load('node:fs');
  },
  get os() {
    return load('node:os');
  },
  get path() {
    return load('node:path');
  },
  get repl() {
    return load('node:repl');
  },
  get stream() {
    return load('node:stream');
  },
  get timers() {
    return load('node:timers');
  },
  get zlib() {
    return load('node:zlib');
  },
};

function load<Name extends keyof NodeModules>(name: Name): NodeModules[Name] {
  if (!isNode()) throw new FasttsError(`This works in Node only: a page has no ${name}.`);
  return process.getBuiltinModule(name);
}

/**
 * Node's modules by their names without `node:`. An inferred type would be written to declarations with names such as
 * `path.PlatformPath`, which `@types/node` 26 does not have.
 */
type Builtins = {
  readonly [Name in keyof NodeModules as Name extends `node:${infer Short}`
    ? Short
    : never]: NodeModules[Name];
};

interface NodeModules {
  'node:async_hooks': typeof import('node:async_hooks');
  'node:crypto': typeof import('node:crypto');
  'node:fs': typeof import('node:fs');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:repl': typeof import('node:repl');
  'node:stream': typeof import('node:stream');
  'node:timers': typeof import('node:timers');
  'node:zlib': typeof import('node:zlib');
}
