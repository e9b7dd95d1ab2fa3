import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(__dirname, '../../../..');
const { findToolchain, sanitizerRuntimes } = createRequire(__filename)(
  path.join(root, 'packages/native/scripts/build.js'),
);

const sanitizers = ['address', 'undefined'];
const { reason } = sanitizerRuntimes(findToolchain(), sanitizers);
const title =
  'AddressSanitizer and UndefinedBehaviorSanitizer find nothing in kernels and training, and do report faults';
if (reason) test.skip(`${title} (${reason})`, () => {});
else {
  test(title, async () => {
    const tsx = path.join(root, 'node_modules/tsx/dist/cli.mjs');
    const script = path.join(root, 'packages/testing/scripts/sanitized/index.ts');
    const { stdout } = await run(
      process.execPath,
      [tsx, script, '--short', '--sanitize', sanitizers.join()],
      { cwd: root },
    );
    expect(stdout).toMatch('No sanitizer reported');
  });
}
