import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Checks the workflows of GitHub Actions by actionlint, which is compiled into `.cache` if Go is available. */
const root = path.resolve(__dirname, '../../../..');
const version = '1.7.12';
const folder = path.join(root, '.cache', `actionlint-${version}`);
const actionlint = path.join(folder, process.platform === 'win32' ? 'actionlint.exe' : 'actionlint');

/** Installs it if needed; returns the reason if that fails. */
function install(): string | null {
  if (existsSync(actionlint)) return null;
  const module = `github.com/rhysd/actionlint/cmd/actionlint@v${version}`;
  try {
    execFileSync('go', ['install', module], { env: { ...process.env, GOBIN: folder }, stdio: 'pipe' });
    return null;
  } catch (error) {
    return `actionlint cannot be installed: ${(error as Error).message.split('\n')[0]}`;
  }
}

const title = 'actionlint finds nothing in the workflows';
const problem = install();
if (problem) test.skip(`${title} (${problem})`, () => {});
else {
  test(title, () => {
    const { stdout, stderr } = spawnSync(actionlint, ['-no-color'], { cwd: root, encoding: 'utf8' });
    expect(stdout + stderr).toBe('');
  });
}
