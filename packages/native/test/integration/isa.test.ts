import { execFile } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { loadAddon } from '../../src/addon.js';

const runner = join(dirname(require.resolve('jest/package.json')), 'bin', 'jest.js');

// All other tests run on the best instruction set.
const others = loadAddon().addon!.isas.slice(1);

(others.length ? describe : describe.skip)('kernels on the other instruction sets', () => {
  test.each(others)('%s, on three threads', async (isa) => {
    const tests = ['--selectProjects', 'unit', '--', 'test/ownKernels', 'test/likeCpu'];
    const child = promisify(execFile)(process.execPath, [runner, ...tests], {
      cwd: join(__dirname, '../../../..'),
      env: { ...process.env, FASTTS_ISA: isa, FASTTS_NUM_THREADS: '3' },
    });
    await expect(child).resolves.toMatchObject({ stderr: expect.stringContaining('Tests:') });
  });
});

test('an unknown instruction set is reported, and the best one is used', async () => {
  const script =
    'const { isa, isaError } = require(process.argv[1]); console.log(JSON.stringify({ isa, isaError }))';
  const { FASTTS_NATIVE_ADDON: chosen } = process.env;
  const addon = resolve(chosen || join(__dirname, '../..', 'build', 'fastts_native.node'));
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, addon], {
    env: { ...process.env, FASTTS_ISA: 'mmx' },
  });
  expect(JSON.parse(stdout)).toEqual({
    isa: loadAddon().addon!.isas[0],
    isaError: expect.stringContaining('FASTTS_ISA=mmx is not one of'),
  });
});
