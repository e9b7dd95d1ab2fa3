import { totalmem } from 'node:os';
import type { Addon } from './addon.js';

/** Arrays smaller than this come from JavaScript's own heap. */
const SMALLEST_POOLED = 2048;
/** Bytes to which the memory of a tensor is aligned. */
const ALIGNMENT = 64;

/** Memory for one tensor: the bytes of `buffer` from `offset`. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  /** Bytes from `offset` on; as many as were asked for, or more. */
  readonly size: number;
}

/** Memory of the pool in use. */
interface Owned {
  readonly memory: Memory;
  /** Tensors whose values lie in the memory. */
  owners: number;
}

/** Free memory of one size. */
interface Shelf {
  readonly memories: Memory[];
  lastUsed: number;
}

/**
 * Recycles the memory of disposed tensors.
 *
 * Memory is handed out by `allocate`, counted by `retain` for each tensor whose values lie in it, and goes back to its
 * shelf when the last of them is released. Nobody else may hold an array of it by then: whatever leaves the backend is
 * a copy (see `NativeBackend.readSync`). Tensors that are dropped without being disposed of are left to the garbage
 * collector.
 *
 * Free memory is bounded: together with what is in use it may be a quarter more than was ever in use at once, and it is
 * never more than `limit` bytes. Before any is given back for new memory, free memory of up to four times the size
 * serves: the system clears new memory, which takes longer than most kernels take to fill it. What has lain longest goes
 * first.
 */
export class BufferPool {
  /** Most bytes that may lie free. */
  readonly limit: number;
  private readonly owned = new WeakMap<ArrayBufferLike, Owned>();
  private readonly shelves = new Map<number, Shelf>();
  private readonly collected = new FinalizationRegistry<number>((size) => {
    this.inUse -= size;
  });
  private inUse = 0;
  private mostInUse = 0;
  private free = 0;
  private clock = 0;

  /**
   * @param addon readies memory and gives it back
   * @param limit most bytes kept free; default FASTTS_POOL_LIMIT in MiB, else half of the machine's memory
   */
  constructor(
    private readonly addon: Pick<Addon, 'prepare' | 'release'>,
    limit?: number,
  ) {
    const asked = Number(process.env.FASTTS_POOL_LIMIT || Number.NaN);
    this.limit = limit ?? (asked >= 0 ? asked * 2 ** 20 : totalmem() / 2);
  }

  /** Memory for at least `bytes` bytes, whose contents are arbitrary. */
  allocate(bytes: number): Memory {
    if (bytes < SMALLEST_POOLED) return { buffer: new ArrayBuffer(bytes), offset: 0, size: bytes };
    const size = sizeClass(bytes);
    const memory = this.fromShelf(size) ?? this.larger(size) ?? this.fresh(size);
    this.owned.set(memory.buffer, { memory, owners: 0 });
    this.inUse += memory.size;
    this.mostInUse = Math.max(this.mostInUse, this.inUse);
    return memory;
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
    const { memory } = owned;
    const { size } = memory;
    this.owned.delete(buffer);
    let shelf = this.shelves.get(size);
    if (!shelf) {
      shelf = { memories: [], lastUsed: 0 };
      this.shelves.set(size, shelf);
    }
    shelf.memories.push(memory);
    shelf.lastUsed = ++this.clock;
    this.inUse -= size;
    this.free += size;
    if (this.free > this.limit) this.trim(this.limit);
  }

  /** True when `buffer` is in use and came from this pool. */
  owns(buffer: ArrayBufferLike): boolean {
    return this.owned.has(buffer);
  }

  /** True when one tensor has its values in `buffer`, which came from this pool, and nothing else has. */
  hasOneOwner(buffer: ArrayBufferLike): boolean {
    return this.owned.get(buffer)?.owners === 1;
  }

  /** Gives free memory back to the system until at most `most` bytes lie free. */
  trim(most = 0): void {
    while (this.free > Math.max(most, 0)) {
      const [size, shelf] = this.longestUnused();
      const { buffer } = shelf.memories.shift()!;
      this.collected.unregister(buffer);
      this.addon.release(buffer);
      this.free -= size;
      if (!shelf.memories.length) this.shelves.delete(size);
    }
  }

  /** Bytes in use by tensors, and bytes that lie free. */
  usage(): { inUse: number; free: number } {
    return { inUse: this.inUse, free: this.free };
  }

  private fromShelf(size: number): Memory | undefined {
    const shelf = this.shelves.get(size);
    const memory = shelf?.memories.pop();
    if (!shelf || !memory) return undefined;
    shelf.lastUsed = ++this.clock;
    this.free -= size;
    if (!shelf.memories.length) this.shelves.delete(size);
    return memory;
  }

  /** Free memory of another size, where some would have to go for new memory. */
  private larger(size: number): Memory | undefined {
    if (this.free <= this.mostFree(size)) return undefined;
    const sizes = [...this.shelves.keys()].filter((other) => other > size && other <= 4 * size);
    return sizes.length > 0 ? this.fromShelf(Math.min(...sizes)) : undefined;
  }

  private fresh(size: number): Memory {
    this.trim(this.mostFree(size));
    const buffer = new ArrayBuffer(size + ALIGNMENT);
    this.collected.register(buffer, size, buffer);
    return { buffer, offset: this.addon.prepare(buffer), size };
  }

  /** Bytes that may lie free once `size` more are in use. */
  private mostFree(size: number): number {
    const inUse = this.inUse + size;
    return Math.min(Math.max(this.mostInUse, inUse) * 1.25 - inUse, this.limit);
  }

  private longestUnused(): [size: number, Shelf] {
    return [...this.shelves].reduce((oldest, each) =>
      each[1].lastUsed < oldest[1].lastUsed ? each : oldest,
    );
  }
}

/** Sizes are rounded up to eight steps an octave, so that similar tensors share memory. */
function sizeClass(bytes: number): number {
  const step = Math.max(2 ** (Math.floor(Math.log2(bytes)) - 3), ALIGNMENT);
  return Math.ceil(bytes / step) * step;
}
