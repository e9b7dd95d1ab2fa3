import { ArgumentError } from './errors.js';

// Read from the global object once: in a vm context, as in Jest, each lookup is slow.
const { cos, log, PI, sin, sqrt } = Math;

/**
 * A stream of random numbers that is the same for the same seed, on every machine.
 *
 * The generator is Chris Doty-Humphrey's sfc32 (PractRand), seeded by MurmurHash3's finalizer.
 *
 * @example
 * const r = new Rng(42);
 * r.uniform(-1, 1); // the same number each time this program runs
 */
export class Rng {
  private readonly state: Int32Array;
  private seed: number;
  private spareNormal: number | null = null;

  /** @param seed An integer, of which the lowest 32 bits are used. */
  constructor(seed: number) {
    if (!Number.isFinite(seed)) throw new ArgumentError(`A seed must be a finite number, got ${seed}.`);
    this.seed = (seed ^ Math.floor(seed / 2 ** 32)) >>> 0;
    this.state = new Int32Array([this.seed, scramble(this.seed), scramble(this.seed ^ 0x9e3779b9), 1]);
    for (let i = 0; i < 12; i++) this.seed32();
  }

  /** An integer in [0, 2³²). */
  seed32(): number {
    const s = this.state;
    const t = (((s[0]! + s[1]!) | 0) + s[3]!) | 0;
    s[3] = s[3]! + 1;
    s[0] = s[1]! ^ (s[1]! >>> 9);
    s[1] = (s[2]! + (s[2]! << 3)) | 0;
    s[2] = ((s[2]! << 21) | (s[2]! >>> 11)) + t;
    return t >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    return this.seed32() / 2 ** 32;
  }

  /** A number in [lo, hi). */
  uniform(lo = 0, hi = 1): number {
    return lo + (hi - lo) * this.next();
  }

  /** An integer from 0 to n − 1. */
  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** A draw from the standard normal distribution (Box and Muller 1958). */
  normal(): number {
    if (this.spareNormal !== null) {
      const spare = this.spareNormal;
      this.spareNormal = null;
      return spare;
    }
    const radius = sqrt(-2 * log(1 - this.next()));
    const angle = 2 * PI * this.next();
    this.spareNormal = radius * sin(angle);
    return radius * cos(angle);
  }

  /** A draw from the beta distribution with shape parameters `a` and `b`, both positive. */
  beta(a: number, b: number): number {
    if (!(a > 0 && b > 0))
      throw new ArgumentError(`The shape parameters of beta must be positive, got ${a} and ${b}.`);
    const x = this.logGamma(a);
    const y = this.logGamma(b);
    return 1 / (1 + Math.exp(y - x));
  }

  /** True with probability `p`. */
  bernoulli(p: number): boolean {
    return this.next() < p;
  }

  /** A new array with the elements in random order. */
  shuffle<T>(items: readonly T[]): T[] {
    return Array.from(this.permutation(items.length), (i) => items[i]!);
  }

  /** The integers from 0 to n − 1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const moved = order[i]!;
      order[i] = order[j]!;
      order[j] = moved;
    }
    return order;
  }

  /**
   * An independent stream for `key`. It depends only on this stream's seed and the key, not on earlier draws, so that
   * work done in any order draws the same numbers. The same key gives the same stream.
   */
  fork(key: string | number): Rng {
    let hash = scramble(this.seed ^ 0x51ed270b);
    for (const char of String(key)) hash = scramble(hash ^ char.codePointAt(0)!);
    return new Rng(hash >>> 0);
  }

  /** Where the stream stands, from which {@link loadStateDict} continues it. */
  stateDict(): RngState {
    return { seed: this.seed, state: [...this.state], spareNormal: this.spareNormal };
  }

  /** Continues from a state of this or of another stream. */
  loadStateDict({ seed, state, spareNormal }: RngState): void {
    this.seed = seed;
    this.state.set(state);
    this.spareNormal = spareNormal;
  }

  /**
   * The logarithm of a draw from the gamma distribution (Marsaglia and Tsang 2000; for shapes below 1 their
   * boost, in logarithms so that tiny shapes do not underflow).
   */
  private logGamma(shape: number): number {
    if (shape < 1) return this.logGamma(shape + 1) + Math.log(1 - this.next()) / shape;
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.next()) < 0.5 * x * x + d - d * v + d * Math.log(v)) {
        return Math.log(d * v);
      }
    }
  }
}

/** Where a stream of random numbers stands. It can be stored as JSON. */
export interface RngState {
  seed: number;
  /** The generator's four 32-bit integers. */
  state: number[];
  /** The second of the last pair of normal draws, if only the first was used. */
  spareNormal: number | null;
}

let root: Rng | null = null;

/**
 * Seeds all later random draws of the library: shuffles, splits, augmentation, initialization, dropout, mixup.
 *
 * A run is then repeatable bit by bit on the same engine and, for `native`, with the same number of threads and instruction
 * set; with others, it differs by rounding.
 *
 * @example
 * setSeed(42);
 */
export function setSeed(seed: number): void {
  root = new Rng(seed);
}

/** The library's random stream, seeded by {@link setSeed}, otherwise differently in each process. */
export function rng(): Rng {
  root ??= new Rng(Math.floor(Math.random() * 2 ** 32));
  return root;
}

/**
 * Runs synchronous `work` with its own seeded stream as the library's, and then restores the previous stream unchanged.
 */
export function withSeed<T>(seed: number, work: () => T): T {
  const before = root;
  root = new Rng(seed);
  try {
    return work();
  } finally {
    root = before;
  }
}

/** MurmurHash3's 32-bit finalizer, which spreads a change of any bit over all bits. */
function scramble(value: number): number {
  let h = (value + 0x6d2b79f5) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
