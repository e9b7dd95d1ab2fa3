import { ArgumentError } from '../errors.js';
import { log } from '../progress/progress.js';

/**
 * Keeps what is costly to make, such as decoded pictures, up to a number of bytes; then it says so, once.
 *
 * What came first stays: epochs go through all items, so whatever were put in its place would be asked for no sooner.
 *
 * @example
 * const cache = new ByteCache(2e9); // of two data loaders, for training at two sizes
 * const small = await block(128).dataloaders(path, { cache });
 * const large = await block(224).dataloaders(path, { cache });
 */
export class ByteCache {
  private readonly sources = new Map<unknown, Map<string, Entry>>();
  private held = 0;
  private entries = 0;
  private full = false;

  /**
   * @param maxBytes The most that it keeps.
   * @throws ArgumentError when that is not a number above 0.
   */
  constructor(readonly maxBytes: number) {
    if (!(maxBytes > 0)) {
      throw new ArgumentError(`A cache must have a number of bytes above 0, such as 2e9; got ${maxBytes}.`);
    }
  }

  /** Bytes of all that it keeps. */
  get bytes(): number {
    return this.held;
  }

  /** How many values it keeps. */
  get size(): number {
    return this.entries;
  }

  /** What was made of a source in that form, if it was kept. */
  get(source: unknown, form: string): unknown {
    return this.sources.get(source)?.get(form)?.value;
  }

  /** Keeps what was made of a source, in place of what was before in that form, if there is room. */
  set(source: unknown, form: string, value: unknown, bytes: number): void {
    const before = this.sources.get(source)?.get(form);
    const total = this.held - (before?.bytes ?? 0) + bytes;
    if (total > this.maxBytes) {
      this.sayFull();
      return;
    }
    const forms = this.sources.get(source) ?? new Map<string, Entry>();
    this.sources.set(source, forms.set(form, { value, bytes }));
    this.held = total;
    if (!before) this.entries++;
  }

  /** Forgets all. */
  clear(): void {
    this.sources.clear();
    this.held = 0;
    this.entries = 0;
    this.full = false;
  }

  private sayFull(): void {
    if (this.full) return;
    this.full = true;
    const size = `${(this.maxBytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
    log(`The cache of ${size} is full with ${this.entries} items: the others are loaded anew each time.`);
  }
}

interface Entry {
  value: unknown;
  bytes: number;
}
