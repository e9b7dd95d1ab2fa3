import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

// It is compiled first.
jest.setTimeout(300_000);

const canBuild = spawnSync('g++', ['--version']).status === 0;

(canBuild ? test : test.skip)(
  'products and convolutions, direct and by Winograd, are those of plain loops in double precision',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fastts-products-'));
    try {
      const { stdout } = await promisify(execFile)(
        'sh',
        [join(__dirname, '..', 'cpp', 'test', 'build.sh'), '20'],
        { env: { ...process.env, FASTTS_TEST_BUILD: folder } },
      );
      expect(stdout).toMatch(/^portable: 60 shapes$/m);
      expect(stdout).toMatch(/^0 failures$/m);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
