import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const script = join(__dirname, '../..', 'scripts', 'build.js');
const { findToolchain } = createRequire(__filename)(script);
const run = promisify(execFile);

(findToolchain() ? describe : describe.skip)(
  "in C++, with the addon's objects, compiled without warnings",
  () => {
    let programs: Map<string, string>;

    beforeAll(async () => {
      const { stdout } = await run(process.execPath, [script, '--tests']);
      programs = new Map(
        stdout
          .trim()
          .split(/\r?\n/)
          .map((path) => [basename(path, '.exe'), path]),
      );
    });

    const output = async (program: string, ...args: string[]) =>
      (await run(programs.get(program)!, args)).stdout.replaceAll('\r\n', '\n');

    test('products and convolutions, direct and by Winograd, agree with plain loops in double precision', async () => {
      const printed = await output('products_test', '20');
      expect(printed).toMatch(/^portable: 60 shapes$/m);
      expect(printed).toMatch(/^0 failures$/m);
    });

    test('parallel loops visit every index once, and pass exceptions of any thread to the caller', async () => {
      expect(await output('parallel_test')).toBe('0 failures\n');
    });

    test('a failed allocation on any thread is reported, and the next call is correct', async () => {
      expect(await output('memory_test')).toBe('0 failures\n');
    });
  },
);
