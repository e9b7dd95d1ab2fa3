/**
 * Lets several threads call the addon at once, and ends some of them meanwhile:
 * `node --require tsx/cjs workers.run.ts SEED FIRST COUNT PROGRESS_FILE`; each thread makes COUNT calls of kernels.run.ts.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Draw } from './draw.js';

const [seed, first, count] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const progress = process.argv[5]!;
const ROUNDS = 12;

/** A thread that makes calls; resolves when it ends. With `lifetime`, in ms, it is ended from outside. */
async function caller(round: number, index: number, lifetime?: number): Promise<void> {
  const argv = [seed, first + (3 * round + index) * count, count, progress].map(String);
  const worker = new Worker(join(__dirname, 'kernels.run.ts'), { argv, execArgv: ['--require', 'tsx/cjs'] });
  const ended = new Promise<number>((resolve, reject) => worker.on('exit', resolve).on('error', reject));
  if (lifetime === undefined) {
    const status = await ended;
    if (status !== 0) console.log(`call: a thread ended with status ${status}`);
    return;
  }
  await new Promise((resolve) => setTimeout(resolve, lifetime));
  await worker.terminate();
}

async function main() {
  const draw = new Draw(seed, first);
  for (let round = 0; round < ROUNDS; round++) {
    // From before the addon is loaded to the midst of the calls.
    await Promise.all([
      caller(round, 0, draw.integer(0, 800)),
      caller(round, 1, draw.integer(0, 800)),
      ...(round % 4 === 0 ? [caller(round, 2)] : []),
    ]);
  }
  console.log(`made calls in ${ROUNDS} rounds`);
}

void main();
