import { totalmem } from 'node:os';
import type { Addon } from './addon.js';
import { availableMemory } from './availableMemory.js';
import { OutOfMemoryError } from './outOfMemoryError.js';

/** The machine's memory in bytes, or a container's. */
const MEMORY = Math.min(totalmem(), process.constrainedMemory() || totalmem());
/** Arrays of fewer bytes are allocated on JavaScript's heap. */
const SMALLEST_POOLED = 2048;
/**
 * Number of allocated bytes after which the available memory is checked. Linux grants memory that it does not have, and
 * then kills the process that uses it.
 */
const CHECK_EVERY = MEMORY / 64;
/** Number of available bytes that are left to other uses. */
const RESERVE = MEMORY / 32;
/** Alignment of a tensor's memory in bytes. */
const ALIGNMENT = 64;

/** Memory for one tensor: `buffer` from byte `offset` on. */
export interface Memory {
  readonly buffer: ArrayBuffer;
  readonly offset: number;
  /** Number of bytes from `offset` on, at least as many as requested. */
  readonly size: number;
}

/** Memory of the pool in use. */
interface Owned {
  readonly memory: Memory;
  /** Number of tensors whose values are in the memory. */
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
 * Memory is reference-counted: `allocate` returns it, `retain` counts each tensor whose values are in it, and when the last
 * one is released it becomes free for reuse. No other array may refer to it by then: values that leave the backend are
 * copies (see `NativeBackend.readSync`). Tensors that are dropped without being disposed of are left to the garbage
 * collector.
 *
 * Free memory is bounded: together with the memory in use it is at most a quarter more than the peak use, and it is never
 * more than `limit` bytes. Rather than free memory to allocate new, the pool reuses free memory of up to four times the
 * requested size: the system zeroes new memory, which takes longer than most kernels take to fill it. The pool evicts the
 * least recently used memory first.
 */
export class BufferPool {
  /** Maximum number of free bytes. */
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
  /** Number of bytes allocated since the available memory was last checked. */
  private unchecked = 0;

  /**
   * @param addon Prepares and frees memory.
   * @param limit Maximum number of free bytes (default: FASTTS_POOL_LIMIT in MiB, or else half of the memory).
   * @param available Number of bytes that the system has (default: asks Linux; other systems refuse what they lack).
   */
  constructor(
    private readonly addon: Pick<Addon, 'prepare' | 'release'>,
    limit?: number,
    private readonly available = process.platform === 'linux'
      ? availableMemory
      : () => Number.POSITIVE_INFINITY,
  ) {
    const asked = Number(process.env.FASTTS_POOL_LIMIT || Number.NaN);
    this.limit = limit ?? (asked >= 0 ? asked * 2 ** 20 : MEMORY / 2);
  }

  /** Uninitialized memory for at least `bytes` bytes. */
  allocate(bytes: number): Memory {
    if (bytes < SMALLEST_POOLED) return { buffer: new ArrayBuffer(bytes), offset: 0, size: bytes };
    const size = sizeClass(bytes);
    const memory = this.fromShelf(size) ?? this.larger(size) ?? this.fresh(size);
    this.owned.set(memory.buffer, { memory, owners: 0 });
    this.inUse += memory.size;
    this.mostInUse = Math.max(this.mostInUse, this.inUse);
    return memory;
  }

  /** Counts one more tensor whose values are in `buffer`. */
  retain(buffer: ArrayBufferLike): void {
    const owned = this.owned.get(buffer);
    if (owned) owned.owners++;
  }

  /** Counts one tensor fewer; when none is left, the memory is free for reuse. */
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

  /** Whether `buffer` is in use and belongs to this pool. */
  owns(buffer: ArrayBufferLike): boolean {
    return this.owned.has(buffer);
  }

  /** Whether `buffer` belongs to this pool and exactly one tensor has its values in it. */
  hasOneOwner(buffer: ArrayBufferLike): boolean {
    return this.owned.get(buffer)?.owners === 1;
  }

  /** Returns free memory to the system until at most `most` bytes are free. */
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

  /** Bytes in use by tensors, and free bytes. */
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

  /** Free memory of a larger size, if allocating new memory would require an eviction. */
  private larger(size: number): Memory | undefined {
    if (this.free <= this.mostFree(size)) return undefined;
    const sizes = [...this.shelves.keys()].filter((other) => other > size && other <= 4 * size);
    return sizes.length > 0 ? this.fromShelf(Math.min(...sizes)) : undefined;
  }

  private fresh(size: number): Memory {
    this.trim(this.mostFree(size));
    const buffer = this.buffer(size + ALIGNMENT);
    this.collected.register(buffer, size, buffer);
    return { buffer, offset: this.addon.prepare(buffer), size };
  }

  /** A new buffer, for which all free memory is returned to the system if there is not enough otherwise. */
  private buffer(bytes: number): ArrayBuffer {
    this.unchecked += bytes;
    if (this.unchecked > CHECK_EVERY) {
      this.unchecked = 0;
      if (bytes + RESERVE > this.available()) this.trim();
      const available = this.available() - RESERVE;
      if (bytes > available) throw new OutOfMemoryError('A tensor', bytes, Math.max(available, 0));
    }
    try {
      return new ArrayBuffer(bytes);
    } catch {
      this.trim();
    }
    try {
      return new ArrayBuffer(bytes);
    } catch (cause) {
      throw new OutOfMemoryError('A tensor', bytes, undefined, { cause });
    }
  }

  /** Maximum number of free bytes once `size` more are in use. */
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

/** Rounds a size up to one of eight steps per octave, so that similar tensors share memory. */
function sizeClass(bytes: number): number {
  const step = Math.max(2 ** (Math.floor(Math.log2(bytes)) - 3), ALIGNMENT);
  return Math.ceil(bytes / step) * step;
}
