import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

// What changed is compiled first.
jest.setTimeout(600_000);

const script = join(__dirname, '..', 'scripts', 'build.js');
const { findToolchain } = createRequire(__filename)(script);
const run = promisify(execFile);

(findToolchain() ? describe : describe.skip)(
  'in C++, on the objects that ship, compiled without a warning',
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

    test('products and convolutions, direct and by Winograd, are those of plain loops in double precision', async () => {
      const { stdout } = await run(programs.get('kernels_test')!, ['20']);
      expect(stdout).toMatch(/^portable: 60 shapes$/m);
      expect(stdout).toMatch(/^0 failures$/m);
    });
  },
);
