import { checkNumber } from '../checkNumber.js';
import { log } from '../progress/progress.js';

/**
 * Caches values that are expensive to compute, such as decoded images, up to a number of bytes. It logs once when it is full.
 *
 * The first values stay: each epoch visits all items, so evicting one for another would not increase the hit rate.
 *
 * @example
 * const cache = new ByteCache(2e9); // of two data loaders, for training at two sizes
 * const small = await block(128).dataloaders(path, { cache });
 * const large = await block(224).dataloaders(path, { cache });
 */
export class ByteCache {
  private readonly sources = new Map<unknown, Map<string, Entry>>();
  private totalBytes = 0;
  private entries = 0;
  private full = false;

  /**
   * @param maxBytes The maximum total size in bytes.
   * @throws ArgumentError when `maxBytes` is not a positive number.
   */
  constructor(readonly maxBytes: number) {
    checkNumber('maxBytes', maxBytes, { above: 0 });
  }

  /** Total size of the cached values in bytes. */
  get bytes(): number {
    return this.totalBytes;
  }

  /** Number of cached values. */
  get size(): number {
    return this.entries;
  }

  /** The value cached for a source in this form, if any. */
  get(source: unknown, form: string): unknown {
    return this.sources.get(source)?.get(form)?.value;
  }

  /** Caches the value of a source in this form, replacing the previous one, if there is room. */
  set(source: unknown, form: string, value: unknown, bytes: number): void {
    const before = this.sources.get(source)?.get(form);
    const total = this.totalBytes - (before?.bytes ?? 0) + bytes;
    if (total > this.maxBytes) {
      this.logFull();
      return;
    }
    const forms = this.sources.get(source) ?? new Map<string, Entry>();
    this.sources.set(source, forms.set(form, { value, bytes }));
    this.totalBytes = total;
    if (!before) this.entries++;
  }

  /** Removes all values. */
  clear(): void {
    this.sources.clear();
    this.totalBytes = 0;
    this.entries = 0;
    this.full = false;
  }

  private logFull(): void {
    if (this.full) return;
    this.full = true;
    const size = `${(this.maxBytes / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
    log(
      `The cache of ${size} is full with ${this.entries} items: the other items are loaded again each time.`,
    );
  }
}

interface Entry {
  value: unknown;
  bytes: number;
}
