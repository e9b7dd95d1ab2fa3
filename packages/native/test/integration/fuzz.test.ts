import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The first seed and the number of seeds, for longer runs. */
const [first, count] = (process.env.FASTTS_FUZZ_SEEDS ?? '0,1').split(',').map(Number) as [number, number];
const seeds = Array.from({ length: count }, (_, i) => first + i);

/** A script that does not end in this time hangs. */
const LONGEST = 15 * 60 * 1000;

interface Ended {
  printed: string;
  /** Why the process ended, if not by itself. */
  problem?: string;
}

const folder = mkdtempSync(join(tmpdir(), 'fastts-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script of test/fuzz in a process of its own. */
function run(
  script: string,
  seed: number,
  from: number,
  calls: number,
  flags: string[] = [],
): Promise<Ended> {
  const file = join(__dirname, '..', 'fuzz', script);
  const args = ['--require', 'tsx/cjs', file, ...[seed, from, calls].map(String), join(folder, 'progress')];
  return new Promise((resolve) => {
    const options = { timeout: LONGEST, maxBuffer: 2 ** 28, env: { ...process.env, NODE_OPTIONS: '' } };
    execFile(process.execPath, [...args, ...flags], options, (error, printed, errors) => {
      const problem = error ? `${error.signal ?? `status ${error.code}`} ${errors.slice(-2000)}` : undefined;
      resolve({ printed, problem });
    });
  });
}

/** Makes the calls; returns what went wrong. */
async function problems(script: string, seed: number, calls: number): Promise<string[]> {
  const { printed, problem } = await run(script, seed, 0, calls);
  const wrong = printed.split('\n').filter((line) => line.startsWith('call'));
  if (!problem) return printed.includes('made') ? wrong : ['it did not reach the last call'];
  const last = Number(readFileSync(join(folder, 'progress'), 'utf8'));
  const described = await run(script, seed, last, 1, ['--print']);
  return [...wrong, `the process ended by ${problem} in call ${last} of seed ${seed}: ${described.printed}`];
}

describe.each(seeds)('with seed %i', (seed) => {
  test('no kernel touches memory that it was not given, or ends the process, whatever it is called with', async () => {
    expect(await problems('kernels.run.ts', seed, 150_000)).toEqual([]);
  });

  test("operations with odd shapes and attributes give the CPU backend's results, or an error", async () => {
    expect(await problems('ops.run.ts', seed, 12_000)).toEqual([]);
  });

  test('threads may call kernels at the same time, and be ended meanwhile', async () => {
    expect(await problems('workers.run.ts', seed, 5000)).toEqual([]);
  });
});
