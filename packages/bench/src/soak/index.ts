/**
 * Trains, predicts, exports, loads and disposes in a loop, and reports how memory develops: `npm run soak -- --minutes 30`.
 *
 * It fails unless the number of tensors stays constant, and the resident memory of the last minute is within 5% of that of
 * the second.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { setQuiet, setSeed, tf, useEngine } from 'fastts';
import { FOLDS, type SoakSizes, soakRound, writePictures } from './round.js';

/** Largest growth of the resident memory. */
const GROWTH = 0.05;
const MINUTE = 60_000;

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
const minutes = Number(values.minutes);
if (!(minutes >= 3)) throw new Error(`--minutes must be a number ≥ 3, got ${values.minutes}.`);

const sizes: SoakSizes = { size: 64, bs: 16 };
const PER_CLASS = 24;

async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fastts-soak-'));
  try {
    await writePictures(folder, PER_CLASS);
    await soak(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function soak(folder: string): Promise<void> {
  setQuiet(true);
  setSeed(42);
  await useEngine();
  const started = performance.now();
  /** Peaks of the resident memory per minute, in MiB, each over the ends of that minute's rounds. */
  const resident: number[] = [];
  const tensors = new Set<number>();
  for (let round = 0; performance.now() - started < minutes * MINUTE; round++) {
    await soakRound(folder, round % FOLDS, sizes);
    tensors.add(tf.memory().numTensors);
    const minute = Math.floor((performance.now() - started) / MINUTE);
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
    resident[minute] = Math.max(resident[minute] ?? 0, toMiB(rss));
    const now = [rss, heapUsed, external, arrayBuffers].map((bytes) => toMiB(bytes).toFixed(0)).join(' ');
    console.log(
      `${round} ${minute} min: ${now} MiB (resident, heap, external, arrays), ${tf.memory().numTensors} tensors`,
    );
  }
  const [first, last] = [resident[1]!, resident.filter(Boolean).at(-1)!];
  const change = last / first - 1;
  console.log(`peak resident memory per minute: ${resident.map((mib) => mib.toFixed(0)).join(' ')} MiB`);
  console.log(`change ${(100 * change).toFixed(1)}%; tensors ${[...tensors].join(', ')}`);
  if (tensors.size > 1 || change > GROWTH) process.exitCode = 1;
}

function toMiB(bytes: number): number {
  return bytes / 2 ** 20;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
