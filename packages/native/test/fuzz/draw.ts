/** Random draws that depend on a seed only, so that a call that crashed the process can be made again. */
export class Draw {
  private state: number;

  constructor(seed: number, index: number) {
    this.state = (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0;
    for (let i = 0; i < 4; i++) this.unit();
  }

  /** A number in [0, 1), by the generator mulberry32. */
  unit(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from `least` to `most`. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.unit() * (most - least + 1));
  }

  /** Whether an event of this probability happens. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  one<T>(values: readonly T[]): T {
    return values[this.integer(0, values.length - 1)]!;
  }

  list<T>(length: number, draw: (i: number) => T): T[] {
    return Array.from({ length }, (_, i) => draw(i));
  }

  /** A size of a dimension: small, sometimes 0 or 1. */
  size(most = 9): number {
    if (this.chance(0.05)) return 0;
    return this.chance(0.15) ? 1 : this.integer(1, most);
  }

  /** The numbers from 0 to `length - 1` in random order. */
  order(length: number): number[] {
    const order = this.list(length, (i) => i);
    for (let i = length - 1; i > 0; i--) {
      const other = this.integer(0, i);
      [order[i], order[other]] = [order[other]!, order[i]!];
    }
    return order;
  }
}
