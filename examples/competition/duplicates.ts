import { log, parallel, progressBar } from 'fastts';
import sharp from 'sharp';

/** The side of a fingerprint: 256 bits. */
const side = 16;
/** Pictures whose fingerprints differ in at most this many bits count as the same; different ones differ in some 100. */
const most = 24;

/**
 * Groups copies of the same picture, also if they were compressed or resized again.
 *
 * They are found by difference hashes: each bit says whether a cell of the reduced gray picture is brighter than its right
 * neighbor. Source: Krawetz 2013, "Kind of like that".
 *
 * @returns A number for each file, equal for copies: the index of the first one.
 */
export async function groupDuplicates(files: readonly string[]): Promise<number[]> {
  const bar = progressBar({ total: files.length, label: 'Looking for duplicates', unit: 'pictures' });
  let done = 0;
  const prints = await parallel(
    async (file) => {
      const print = await fingerprint(file);
      bar.update(++done);
      return print;
    },
    files,
    { nWorkers: 4 },
  );
  bar.stop();
  const groups: number[] = [];
  for (const [i, print] of prints.entries()) {
    const first = prints.findIndex(
      (other, j) => j === i || (groups[j] === j && distance(print, other) <= most),
    );
    groups.push(first);
  }
  const copies = groups.filter((group, i) => group !== i).length;
  log(`${copies} of ${files.length} pictures are copies of others. They go into the same fold.`);
  return groups;
}

/** The number of bits that differ. */
function distance(a: Uint32Array, b: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length && sum <= most; i++) sum += ones(a[i]! ^ b[i]!);
  return sum;
}

/** The number of ones in 32 bits (Warren, "Hacker's Delight", 5-1). */
function ones(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

async function fingerprint(file: string): Promise<Uint32Array> {
  const gray = await sharp(file)
    .resize(side + 1, side, { fit: 'fill' })
    .grayscale()
    .raw()
    .toBuffer();
  const bits = new Uint32Array((side * side) / 32);
  for (let i = 0; i < side * side; i++) {
    const at = Math.floor(i / side) * (side + 1) + (i % side);
    if (gray[at]! > gray[at + 1]!) bits[i >> 5]! |= 1 << (i & 31);
  }
  return bits;
}
