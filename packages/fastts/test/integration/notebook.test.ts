import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';

/** Runs the whole notebook on a few small images, with the built packages. */
const root = path.resolve(__dirname, '../../../..');
const notebook = path.join(root, 'examples/chapter7/chapter7.ipynb');
const folder = mkdtempSync(path.join(tmpdir(), 'fastts-notebook-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The folder for jupyter and tslab; outside of the repository, since tslab depends on its own version of TypeScript. */
const tools = path.join(root, '.cache', 'notebook');
const tslab = path.join(tools, 'node_modules', 'tslab', 'bin', 'tslab');
const jupyter = path.join(tools, process.platform === 'win32' ? 'Scripts' : 'bin', 'jupyter');

/** Installs them if needed; returns the reason if that fails. */
function install(): string | null {
  const windows = process.platform === 'win32';
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { stdio: 'pipe', shell: windows && command === 'npm' });
  try {
    if (!existsSync(jupyter)) {
      run(windows ? 'python' : 'python3', '-m', 'venv', tools);
      const python = path.join(path.dirname(jupyter), 'python');
      run(python, '-m', 'pip', 'install', '--quiet', 'jupyter-core', 'nbconvert');
    }
    if (!existsSync(tslab)) run('npm', 'install', '--no-audit', '--no-fund', '--prefix', tools, 'tslab@1');
    return null;
  } catch (error) {
    return `jupyter or tslab cannot be installed: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** The output of a cell. */
interface Output {
  output_type: string;
  name?: string;
  text?: string[];
  data?: Record<string, string[]>;
}

async function execute(): Promise<{ source: string; outputs: Output[] }[]> {
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
  execFileSync(jupyter, ['nbconvert', '--to', 'notebook', '--execute', '--output-dir', folder, notebook], {
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
const problem = install();
if (problem) test.skip(`${title} (${problem})`, () => {});
else {
  test(title, async () => {
    const cells = await execute();
    const of = (text: string) => cells.find(({ source }) => source.includes(text))!.outputs;
    const wrote = (outputs: readonly Output[], type: string) =>
      outputs.flatMap(({ data }) => data?.[type] ?? []).join('');
    expect(wrote(of('showBatch'), 'image/svg+xml')).toMatch(/<svg/);
    expect(wrote(of('plotLoss'), 'image/svg+xml')).toMatch(/<svg/);
    for (const figure of ['versionsFigure', 'mixedFigure', 'plotReliabilityDiagram({']) {
      expect(wrote(of(figure), 'image/svg+xml')).toMatch(/<svg/);
    }
    expect(wrote(of('showTable(rows);'), 'text/html').match(/<tr>/g)).toHaveLength(6);
    const text = (outputs: readonly Output[]) => outputs.flatMap(({ text }) => text ?? []).join('');
    expect(text(of('printStats(plainDls)'))).toContain('x [32,16,16,3], y [32]');
    expect(text(of('anySize'))).toMatch(/pooling +\[1, 1, 1, 256\]/);
    const losses = text(of('two losses'))
      .match(/\d+\.\d+/g)!
      .map(Number);
    expect(losses[0]).toBeCloseTo(losses[1]!, 4);
    const table = wrote(of('const learn = new Learner'), 'text/html');
    expect(table).toMatch(/<th>train_loss<\/th>.*<tr><td>0<\/td><td>\d\.\d+/);
    expect(table.match(/<table>/g)).toHaveLength(1);
    const errors = cells.flatMap(({ outputs }) => outputs).filter(({ name }) => name === 'stderr');
    expect(errors).toEqual([]);
  });
}
