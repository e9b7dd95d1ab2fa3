import { FileFormatError } from '../errors.js';
import type { Json } from '../registry/config.js';
import type { FileBudget } from './fileBudget.js';
import { quoted } from './quoted.js';

/** How deep lists and objects in a file may be nested: far deeper than models are. */
export const DEEPEST = 256;

/** What a value takes in memory when it is parsed, at most. */
const VALUE_BYTES = 64;

/**
 * Parses JSON from a file. Nesting and the number of values are checked before anything is allocated for them.
 *
 * @param budget Counts what the values take.
 * @param what The subject of the sentence in errors, such as `'The header'`.
 * @throws FileFormatError when it is not JSON, is nested too deep, repeats a name in an object, or is beyond the budget.
 * @internal
 */
export function parseJson(text: string, budget: FileBudget, what: string): Json {
  checkStructure(text, budget, what);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FileFormatError(`${what} is not JSON.`, { cause });
  }
}

/**
 * Whether a value from a file is an object that is not a list.
 *
 * @internal
 */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Walks through the text once. What is not JSON is left to `JSON.parse`. */
function checkStructure(text: string, budget: FileBudget, what: string): void {
  /** The names so far in each of the objects around the current place; `null` for a list. */
  const outer: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        budget.spend(VALUE_BYTES);
        if (outer.length >= DEEPEST) {
          throw new FileFormatError(`${what} is nested deeper than ${DEEPEST} levels.`);
        }
        outer.push(text[at] === '{' ? new Set() : null);
        break;
      case '}':
      case ']':
        outer.pop();
        break;
      case ',':
        budget.spend(VALUE_BYTES);
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = outer.at(-1);
        if (names && isName(text, end)) {
          const name = unescaped(text.slice(at, end));
          if (names.has(name)) throw new FileFormatError(`${what} has the name ${quoted(name)} twice.`);
          names.add(name);
        }
        at = end - 1;
      }
    }
  }
}

/** The place after a string's closing quote; the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Whether a string that ends before `end` is followed by a colon. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (' \n\r\t'.includes(text[at] ?? '-')) at++;
  return text[at] === ':';
}

/** The text of a string in JSON; an invalid one as it is. */
function unescaped(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal);
  } catch {
    return literal;
  }
}
