import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';

/** The notebook from start to end, on a few small pictures, with the packages as built. */
const root = path.resolve(__dirname, '../..');
const notebook = path.join(__dirname, 'chapter7.ipynb');
const jupyter = findJupyter();
const tslab = findTslab();
const folder = mkdtempSync(path.join(tmpdir(), 'fastts-notebook-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The command `jupyter` with `nbconvert`: the machine's, or one installed for the test; or why there is none. */
function findJupyter(): { command: string } | { reason: string } {
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: 'pipe' });
  const venv = path.join(root, '.cache', 'jupyter');
  const installed = path.join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'jupyter');
  for (const command of ['jupyter', installed]) {
    try {
      run(command, 'nbconvert', '--version');
      return { command };
    } catch {}
  }
  try {
    run('python3', '-m', 'venv', venv);
    run(
      path.join(path.dirname(installed), 'python'),
      '-m',
      'pip',
      'install',
      '--quiet',
      'jupyter-core',
      'nbconvert',
    );
    return { command: installed };
  } catch (error) {
    return { reason: `jupyter cannot be installed: ${(error as Error).message.split('\n')[0]}` };
  }
}

/**
 * The kernel's program, installed for the test: its own compiler has the command `tsc`, too, and would take the place of
 * this repository's; or why there is none.
 */
function findTslab(): { program: string } | { reason: string } {
  const home = path.join(root, '.cache', 'tslab');
  const program = path.join(home, 'node_modules', 'tslab', 'bin', 'tslab');
  if (existsSync(program)) return { program };
  try {
    mkdirSync(home, { recursive: true });
    const install = [
      'install',
      '--prefix',
      home,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      'tslab@1.0.22',
    ];
    execFileSync('npm', install, { stdio: 'pipe', shell: process.platform === 'win32' });
    return { program };
  } catch (error) {
    return { reason: `tslab cannot be installed: ${(error as Error).message.split('\n')[0]}` };
  }
}

/** What a cell has put out. */
interface Output {
  output_type: string;
  name?: string;
  text?: string[];
  data?: Record<string, string[]>;
}

async function execute(command: string, tslab: string): Promise<{ source: string; outputs: Output[] }[]> {
  if (!existsSync(path.join(root, 'packages/fastts/dist/index.js'))) {
    throw new Error('packages/*/dist is missing: run `npm run build` first');
  }
  for (const [label, background] of Object.entries({ red: '#e01010', blue: '#1010e0' })) {
    mkdirSync(path.join(folder, 'pictures', label), { recursive: true });
    for (let i = 0; i < 48; i++) {
      const picture = sharp({ create: { width: 24, height: 24, channels: 3, background } });
      await picture.png().toFile(path.join(folder, 'pictures', label, `${i}.png`));
    }
  }
  const kernel = path.join(folder, 'kernels', 'tslab');
  mkdirSync(kernel, { recursive: true });
  const argv = [process.execPath, tslab, 'kernel'];
  writeFileSync(
    path.join(kernel, 'kernel.json'),
    JSON.stringify({
      argv: [...argv, '--config-path', '{connection_file}'],
      display_name: 'TypeScript',
      language: 'typescript',
    }),
  );
  const settings = {
    CHAPTER7_DATA: path.join(folder, 'pictures'),
    CHAPTER7_SIZE: '16',
    CHAPTER7_EPOCHS: '1',
  };
  execFileSync(command, ['nbconvert', '--to', 'notebook', '--execute', '--output-dir', folder, notebook], {
    stdio: 'pipe',
    env: { ...process.env, ...settings, JUPYTER_PATH: folder, CHAPTER7_OUT: folder },
  });
  const { cells } = JSON.parse(readFileSync(path.join(folder, 'chapter7.ipynb'), 'utf8'));
  return cells
    .filter((cell: { cell_type: string }) => cell.cell_type === 'code')
    .map(({ source, outputs }: { source: string[]; outputs: Output[] }) => ({
      source: source.join(''),
      outputs,
    }));
}

const title = 'chapter7.ipynb runs from start to end, with figures and the table of epochs in place';
if ('reason' in jupyter) test.skip(`${title} (${jupyter.reason})`, () => {});
else if ('reason' in tslab) test.skip(`${title} (${tslab.reason})`, () => {});
else {
  test(title, async () => {
    const cells = await execute(jupyter.command, tslab.program);
    const of = (text: string) => cells.find(({ source }) => source.includes(text))!.outputs;
    const wrote = (outputs: readonly Output[], type: string) =>
      outputs.flatMap(({ data }) => data?.[type] ?? []).join('');
    expect(wrote(of('showBatch'), 'image/svg+xml')).toMatch(/<svg/);
    expect(wrote(of('plotLoss'), 'image/svg+xml')).toMatch(/<svg/);
    const table = wrote(of('const learn = new Learner'), 'text/html');
    expect(table).toMatch(/<th>train_loss<\/th>.*<tr><td>0<\/td><td>\d\.\d+/);
    expect(table.match(/<table>/g)).toHaveLength(1);
    const errors = cells.flatMap(({ outputs }) => outputs).filter(({ name }) => name === 'stderr');
    expect(errors).toEqual([]);
  }, 600_000);
}
