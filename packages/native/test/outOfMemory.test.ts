import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadAddon } from '../src/addon.js';

// util-linux's: it sets the limit of a process that runs, which a test cannot do to itself.
const canLimit = spawnSync('prlimit', ['--version']).status === 0;

/** Prints what a product says when there is no memory for it, and its result when there is again. */
const script = `
  const { spawnSync } = require('node:child_process');
  const { readFileSync } = require('node:fs');
  const { kernels } = require(process.argv[1]);
  const size = 3000;
  const [a, b, c] = [size, size * size, size].map((length) => new Float32Array(length).fill(1));
  const multiply = () => kernels.matMul(a, b, c, 1, 1, size, size, false, false, 0, 0);
  const limit = (bytes) => spawnSync('prlimit', ['--pid', process.pid, '--as=' + bytes + ':']);
  const inUse = Number(/VmSize:\\s*(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
  limit(inUse + (16 << 20));
  let error;
  try {
    multiply();
  } catch (thrown) {
    error = thrown;
  }
  limit('unlimited');
  multiply();
  console.log(JSON.stringify({ name: error?.name, message: error?.message, first: c[0] }));
`;

(canLimit ? test : test.skip)(
  'a kernel that gets no memory throws how much it asked for, and works once there is memory',
  async () => {
    const addon = join(__dirname, '..', 'build', 'fastts_native.node');
    expect(loadAddon().reason).toBeUndefined(); // builds it, where it is not fresh
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, addon], {
      env: { ...process.env, FASTTS_NUM_THREADS: '1' },
    });
    const { name, message, first } = JSON.parse(stdout);
    expect({ name, first }).toEqual({ name: 'RangeError', first: 3000 });
    const bytes = /^The native kernel matMul ran out of memory \(could not allocate (\d+) bytes\)\./.exec(
      message,
    )?.[1];
    expect(Number(bytes)).toBeGreaterThanOrEqual(3000 * 3000 * 4);
  },
);
