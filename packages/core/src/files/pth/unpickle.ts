import { FileFormatError } from '../../errors.js';
import type { FileBudget } from '../fileBudget.js';

/** What takes the place of a class or function (in the words of pickle, a global) that a pickle names. */
export class PickleGlobal {
  /** @param make Returns the result of a call with these arguments. */
  constructor(readonly make: (args: readonly unknown[], budget: FileBudget) => unknown) {}
}

/** How {@link unpickle} resolves everything but plain values. */
export interface UnpickleOptions {
  /**
   * Returns what takes the place of a class or function.
   *
   * @throws Error that names the class or function when it is not supported.
   */
  resolve(module: string, name: string): PickleGlobal;
  /** Resolves a persistent id, which refers to an object outside of the pickle. */
  persistent(id: unknown): unknown;
  /** Counts what its values take: a pickle can refer to a value many times, so it may describe far more than its size. */
  budget: FileBudget;
}

/** What the values of a pickle take in memory, roughly. */
const TAKES = { map: 256, list: 64, bytes: 128, memo: 96, reference: 8 };

/**
 * Reads a Python pickle of protocol 2 or later as data. Nothing in it is executed: all names in it are resolved by
 * `options`. Dictionaries become `Map`s; lists, tuples and sets become arrays; integers beyond 2⁵³ become `bigint`s.
 *
 * Source: Python `Lib/pickletools.py`.
 *
 * @param start The offset at which it begins.
 * @returns Its value, and the offset at which it ends.
 * @throws FileFormatError for an opcode that plain data do not use, when it is damaged, or beyond the budget.
 */
export function unpickle(
  bytes: Uint8Array,
  options: UnpickleOptions,
  start = 0,
): { value: unknown; end: number } {
  const machine = new Machine(bytes, options, start);
  try {
    return machine.run();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new FileFormatError('The pickle in the file is damaged: download or save it again.', {
      cause: error,
    });
  }
}

class Machine {
  private readonly view: DataView;
  private stack: unknown[] = [];
  private readonly outer: unknown[][] = [];
  private readonly memo = new Map<number, unknown>();

  constructor(
    private readonly bytes: Uint8Array,
    private readonly options: UnpickleOptions,
    private place: number,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): { value: unknown; end: number } {
    for (;;) {
      const code = this.whole(1);
      if (code === 0x2e) return { value: this.pop(), end: this.place };
      this.step(code);
    }
  }

  private step(code: number): void {
    const operation = String.fromCharCode(code);
    switch (operation) {
      case '\x80': // protocol
        this.whole(1);
        break;
      case '\x95': // frame
        this.place += 8;
        break;
      case '(':
        this.options.budget.spend(TAKES.list);
        this.outer.push(this.stack);
        this.stack = [];
        break;
      case '0':
        this.pop();
        break;
      case '1':
        this.popMark();
        break;
      case 'N':
        this.push(null);
        break;
      case '\x88':
        this.push(true);
        break;
      case '\x89':
        this.push(false);
        break;
      case 'K':
        this.push(this.whole(1));
        break;
      case 'M':
        this.push(this.whole(2));
        break;
      case 'J':
        this.push(this.view.getInt32(this.advance(4), true));
        break;
      case '\x8a':
        this.push(this.long(this.whole(1)));
        break;
      case 'G':
        this.push(this.view.getFloat64(this.advance(8), false));
        break;
      case 'X':
      case 'T': // Python 2's text, as the next
        this.push(this.text(this.whole(4)));
        break;
      case '\x8c':
      case 'U':
        this.push(this.text(this.whole(1)));
        break;
      case 'B':
        this.push(this.raw(this.whole(4)));
        break;
      case 'C':
        this.push(this.raw(this.whole(1)));
        break;
      case '}':
        this.options.budget.spend(TAKES.map);
        this.push(new Map());
        break;
      case ']':
      case ')':
      case '\x8f': // a set, as a list
        this.options.budget.spend(TAKES.list);
        this.push([]);
        break;
      case '\x85':
      case '\x86':
      case '\x87':
        this.options.budget.spend(TAKES.list);
        this.push(this.last(code - 0x84));
        break;
      case 't':
      case '\x91': // a frozen set
        this.push(this.popMark());
        break;
      case 's':
        this.setItems(this.last(2));
        break;
      case 'u':
        this.setItems(this.popMark());
        break;
      case 'a':
        this.append(this.last(1));
        break;
      case 'e':
      case '\x90':
        this.append(this.popMark());
        break;
      case 'q':
        this.remember(this.whole(1));
        break;
      case 'r':
        this.remember(this.whole(4));
        break;
      case '\x94':
        this.remember(this.memo.size);
        break;
      case 'h':
        this.recall(this.whole(1));
        break;
      case 'j':
        this.recall(this.whole(4));
        break;
      case 'c':
        this.push(this.options.resolve(this.line(), this.line()));
        break;
      case '\x93': {
        const [module, name] = this.last(2);
        if (typeof module !== 'string' || typeof name !== 'string') {
          throw new TypeError('the name of a class is not a text');
        }
        this.push(this.options.resolve(module, name));
        break;
      }
      case 'R':
      case '\x81':
        this.call();
        break;
      case 'b': // sets attributes of an object, which are ignored
        this.pop();
        break;
      case 'Q':
        this.push(this.options.persistent(this.pop()));
        break;
      default:
        throw new FileFormatError(
          `The pickle in the file has the opcode 0x${code.toString(16)}, which tensor data do not use: save a state dictionary only.`,
        );
    }
  }

  private call(): void {
    const [callee, args] = this.last(2);
    if (!(callee instanceof PickleGlobal) || !Array.isArray(args)) {
      throw new TypeError('the callee is not a function');
    }
    this.push(callee.make(args, this.options.budget));
  }

  private setItems(pairs: unknown[]): void {
    const map = this.top();
    if (!(map instanceof Map)) throw new TypeError('items are set on a value that is not a dictionary');
    for (let i = 0; i < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  }

  private append(values: unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new TypeError('elements are appended to a value that is not a list');
    for (const value of values) list.push(value);
  }

  private remember(key: number): void {
    this.options.budget.spend(TAKES.memo);
    this.memo.set(key, this.top());
  }

  private recall(key: number): void {
    if (!this.memo.has(key)) throw new TypeError('the memo has no such entry');
    this.push(this.memo.get(key));
  }

  private push(value: unknown): void {
    this.options.budget.spend(TAKES.reference);
    this.stack.push(value);
  }

  private top(): unknown {
    if (this.stack.length === 0) throw new TypeError('the stack is empty');
    return this.stack.at(-1);
  }

  private pop(): unknown {
    const value = this.top();
    this.stack.pop();
    return value;
  }

  private last(count: number): unknown[] {
    if (this.stack.length < count) throw new TypeError('the stack is too short');
    return this.stack.splice(this.stack.length - count);
  }

  /** Removes the last mark and everything above it, which it returns. */
  private popMark(): unknown[] {
    const above = this.stack;
    const below = this.outer.pop();
    if (!below) throw new TypeError('there is no mark');
    this.stack = below;
    return above;
  }

  private advance(count: number): number {
    const place = this.place;
    this.place += count;
    if (this.place > this.bytes.length) throw new RangeError('the pickle is truncated');
    return place;
  }

  private whole(size: 1 | 2 | 4): number {
    const place = this.advance(size);
    if (size === 1) return this.view.getUint8(place);
    return size === 2 ? this.view.getUint16(place, true) : this.view.getUint32(place, true);
  }

  /** An integer of the given number of bytes, in two's complement. */
  private long(size: number): number | bigint {
    const start = this.advance(size);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i]!);
    const signed = BigInt.asIntN(size * 8, value);
    return BigInt(Number.MIN_SAFE_INTEGER) <= signed && signed <= BigInt(Number.MAX_SAFE_INTEGER)
      ? Number(signed)
      : signed;
  }

  private text(length: number): string {
    const start = this.advance(length);
    return new TextDecoder().decode(this.bytes.subarray(start, start + length));
  }

  private raw(length: number): Uint8Array {
    this.options.budget.spend(TAKES.bytes);
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  private line(): string {
    const start = this.place;
    const end = this.bytes.indexOf(0x0a, start);
    if (end < 0) throw new RangeError('a line has no end');
    this.place = end + 1;
    return new TextDecoder().decode(this.bytes.subarray(start, end));
  }
}
