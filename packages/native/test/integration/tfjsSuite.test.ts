import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadAddon } from '../../src/addon.js';

interface SuiteResult {
  isa: string;
  passed: number;
  failed: { name: string; message: string }[];
}

// tfjs's CPU backend passes 4227, two of which run only on backends named `cpu`.
const LEAST_PASSED = 4225;

describe("tfjs-core's published tests", () => {
  test.each(loadAddon().addon!.isas)('pass on the instruction set %s', async (isa) => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, 'tfjsSuite.run.js')], {
      env: { ...process.env, FASTTS_ISA: isa },
      maxBuffer: 64 * 2 ** 20,
    });
    const result: SuiteResult = JSON.parse(stdout.trim().split('\n').at(-1)!);
    expect({ isa: result.isa, failed: result.failed }).toEqual({ isa, failed: [] });
    expect(result.passed).toBeGreaterThanOrEqual(LEAST_PASSED);
  });
});
