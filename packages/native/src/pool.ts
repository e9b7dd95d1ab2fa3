import { totalmem } from 'node:os';
import type { Addon } from './addon.js';

/** Arrays smaller than this come from JavaScript's own heap. */
const SMALLEST_POOLED = 2048;
const ALIGNMENT = 64;

/** How a buffer of the pool is in use. */
interface Owned {
  readonly size: number;
  /** Tensors whose values lie in the buffer. */
  owners: number;
}

/** Free buffers of one size. */
interface Shelf {
  readonly buffers: ArrayBuffer[];
  lastUsed: number;
}

/**
 * Recycles the memory of disposed tensors.
 *
 * A buffer is handed out by `allocate`, counted by `retain` for each tensor whose values lie in it, and goes back to
 * its shelf when the last of them is released. Nobody else may hold an array of it by then: whatever leaves the
 * backend is a copy (see `NativeBackend.readSync`).
 *
 * Free memory is bounded: beside what is in use it may fill up to a quarter more than was ever in use at once, and
 * never more than `limit` bytes; what has lain longest goes first.
 */
export class BufferPool {
  /** Most bytes that may lie free. */
  readonly limit: number;
  private readonly owned = new WeakMap<ArrayBufferLike, Owned>();
  private readonly shelves = new Map<number, Shelf>();
  private free = 0;
  private mostInUse = 0;
  private clock = 0;

  /**
   * @param addon where memory comes from
   * @param limit most bytes kept free; default FASTTS_POOL_LIMIT in MiB, else half of the machine's memory
   */
  constructor(
    private readonly addon: Addon,
    limit?: number,
  ) {
    const asked = Number(process.env.FASTTS_POOL_LIMIT || Number.NaN);
    this.limit = limit ?? (asked >= 0 ? asked * 2 ** 20 : totalmem() / 2);
  }

  /** A buffer of at least `bytes` bytes, whose contents are arbitrary. */
  allocate(bytes: number): ArrayBuffer {
    if (bytes < SMALLEST_POOLED) return new ArrayBuffer(bytes);
    const size = sizeClass(bytes);
    const shelf = this.shelves.get(size);
    let buffer = shelf?.buffers.pop();
    if (shelf && buffer) {
      shelf.lastUsed = ++this.clock;
      this.free -= size;
    } else {
      this.trim(this.roomFor(size));
      buffer = this.addon.allocate(size);
      this.mostInUse = Math.max(this.mostInUse, this.addon.allocated() - this.free);
    }
    this.owned.set(buffer, { size, owners: 0 });
    return buffer;
  }

  /** Counts one more tensor whose values lie in `buffer`. */
  retain(buffer: ArrayBufferLike): void {
    const owned = this.owned.get(buffer);
    if (owned) owned.owners++;
  }

  /** Counts one tensor less; the last one's memory is free from here on. */
  release(buffer: ArrayBufferLike): void {
    const owned = this.owned.get(buffer);
    if (!owned || --owned.owners > 0) return;
    this.owned.delete(buffer);
    let shelf = this.shelves.get(owned.size);
    if (!shelf) {
      shelf = { buffers: [], lastUsed: 0 };
      this.shelves.set(owned.size, shelf);
    }
    shelf.buffers.push(buffer as ArrayBuffer);
    shelf.lastUsed = ++this.clock;
    this.free += owned.size;
    if (this.free > this.limit) this.trim(this.limit);
  }

  /** True when `buffer` is in use and came from this pool. */
  owns(buffer: ArrayBufferLike): boolean {
    return this.owned.has(buffer);
  }

  /** Gives free memory back to the system until at most `most` bytes lie free. */
  trim(most = 0): void {
    while (this.free > Math.max(most, 0)) {
      let oldest: [number, Shelf] | undefined;
      for (const entry of this.shelves) {
        if (entry[1].buffers.length && !(oldest && oldest[1].lastUsed <= entry[1].lastUsed)) oldest = entry;
      }
      if (!oldest) return;
      this.addon.release(oldest[1].buffers.shift()!);
      this.free -= oldest[0];
      if (!oldest[1].buffers.length) this.shelves.delete(oldest[0]);
    }
  }

  /** Bytes in use by tensors, and bytes that lie free. */
  usage(): { inUse: number; free: number } {
    return { inUse: this.addon.allocated() - this.free, free: this.free };
  }

  /** Bytes that may stay free when `size` more are to be allocated. */
  private roomFor(size: number): number {
    const inUse = this.addon.allocated() - this.free + size;
    return Math.min(Math.max(this.mostInUse, inUse) * 1.25 - inUse, this.limit);
  }
}

/** Sizes are rounded up to eight steps an octave, so that similar tensors share memory. */
function sizeClass(bytes: number): number {
  const step = Math.max(2 ** (Math.floor(Math.log2(bytes)) - 3), ALIGNMENT);
  return Math.ceil(bytes / step) * step;
}
