import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { RandomSplitter, setQuiet } from 'fastts';
import sharp from 'sharp';
import type { Data } from '../../../../examples/chapter7/data.js';
import { describePlan } from '../../../../examples/chapter7/describePlan.js';
import { measureSpeed, type Speed } from '../../../../examples/chapter7/measure.js';
import { type Options, parseOptions } from '../../../../examples/chapter7/options.js';
import { makePlan, secondsOf } from '../../../../examples/chapter7/plan.js';
import type { Row } from '../../../../examples/chapter7/results.js';

/** Runs chapter 7's scripts on a few small pictures, and checks its plans for machines of any speed. */
const root = path.resolve(__dirname, '../../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'fastts-chapter7-'));
const pictures = path.join(folder, 'pictures');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const colors = { red: '#e01010', green: '#10a010', blue: '#1010e0' };
  for (const [label, background] of Object.entries(colors)) {
    for (const [set, n] of [
      ['train', 16],
      ['valid', 6],
    ] as const) {
      mkdirSync(path.join(pictures, set, label), { recursive: true });
      for (let i = 0; i < n; i++) {
        const picture = sharp({ create: { width: 24, height: 24, channels: 3, background } });
        await picture.png().toFile(path.join(pictures, set, label, `${i}.png`));
      }
    }
  }
});

const data = ['--data', pictures, '--size', '16', '--bs', '8'];
const run = (...args: string[]) => runWith(...data, '--epochs', '1', '--pct', '1', ...args);

function runWith(...args: string[]) {
  const loader = pathToFileURL(path.join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  const program = path.join(root, 'examples/chapter7/index.ts');
  const command = ['--import', loader, program, '--json', 'report.json', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
  const output = stdout + stderr;
  if (status !== 0) return { status, output, rows: [] };
  const { rows }: { rows: Row[] } = JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8'));
  return { status, output, rows };
}

test('it tells the plan, explains each technique, draws it, and compares them', async () => {
  const { status, output, rows } = run();
  expect([status, output]).toEqual([0, expect.any(String)]);
  expect(output).toMatch(
    /The plan: 48 training and 18 validation pictures .* at 16 px, 1 epoch, xresnet18half/,
  );
  expect(output).toMatch(/Expected: \d+.* for 6 models/);
  expect(output).toMatch(/# \+ mixup \(section 5 of 6, .* of about /);

  expect(output).toContain('x has the shape [8, 16, 16, 3]');
  expect(output).toMatch(/before Normalize: mean \[0\.\d+, .*after Normalize: mean \[-?\d\.\d+, /s);
  expect(output).toMatch(/224 × 224 .*last convolution +\[1, 7, 7, 256\]\n +pooling +\[1, 1, 1, 256\]\n/s);
  expect(output).toMatch(/512 × 512 .*last convolution +\[1, 16, 16, 256\]\n +pooling +\[1, 1, 1, 256\]\n/s);
  const [two, one] = [/with class 1: (\S+)/, /target \[0\.3, 0\.7, 0\]: (\S+)/].map((form) =>
    Number(form.exec(output)![1]),
  );
  expect(two).toBeGreaterThan(0);
  expect(two).toBeCloseTo(one!, 4);
  expect(output).toContain('0.900  0.050  0.050');
  expect(output).toContain('0.933  0.033  0.033');
  expect(output).toMatch(/\[10, 20, 30\] +0\.00000 {2}0\.00005 {2}0\.99995/);
  for (const name of ['batch', 'loss', 'tta', 'mixup', 'reliability']) {
    const { format, width } = await sharp(path.join(folder, 'out/chapter7', `${name}.png`)).metadata();
    expect([format, width! > 300]).toEqual(['png', true]);
  }

  expect(rows.map(({ section }) => section)).toEqual([
    'baseline',
    'normalization',
    'progressiveResizing',
    'progressiveResizeCallback',
    'mixup',
    'labelSmoothing',
  ]);
  for (const { accuracy, accuracyTta, overconfidence, calibrationError, seconds } of rows) {
    for (const share of [accuracy, accuracyTta, calibrationError]) {
      expect([share >= 0, share <= 1]).toEqual([true, true]);
    }
    expect(Math.abs(overconfidence)).toBeLessThanOrEqual(calibrationError + 1e-6);
    expect(seconds).toBeGreaterThan(0);
  }
  expect(output).toMatch(/^mixup +overconfidence -?0\.\d+ → -?0\.\d+/m);
  expect(output).toMatch(/^test-time augmentation +accuracy \d\.\d+ → \d\.\d+/m);
});

test('several seeds give means with deviations', () => {
  const { output, rows } = run(
    '--only',
    'normalization,progressiveResizeCallback',
    '--seeds',
    '2',
    '--seed',
    '7',
  );
  expect(rows.map(({ seed }) => seed)).toEqual([7, 7, 8, 8]);
  expect(output).toMatch(/^\+ normalization +1 +\d+ +\d\.\d{4} ± \d\.\d{3}/m);
  expect(output).toContain('section 4 of 4');
});

test('a full run saves checkpoints, which only --resume continues, with the time of the whole fit', () => {
  const full = ['--full', '--arch', 'xresnet18half', '--only', 'baseline'];
  const first = run(...full);
  expect([first.status, first.output]).toEqual([0, expect.any(String)]);

  const again = run(...full);
  expect(again.status).toBe(1);
  expect(again.output).toMatch(
    /checkpoints\/pictures-1pct-.*has checkpoints of an earlier run: add --resume/,
  );

  expectSameFit(run(...full, '--resume'), first);
});

test('--resume keeps what was chosen for the run, whatever the machine would get now', () => {
  const args = [...data, '--only', 'baseline', '--resume'];
  const [row] = runWith(...args).rows;
  const file = path.join(folder, 'out/chapter7/checkpoints/choices.json');
  const choices = JSON.parse(readFileSync(file, 'utf8'));
  expect(choices).toMatchObject({ epochs: row!.epochs, pct: 1, size: 16 });
  writeFileSync(file, JSON.stringify({ ...choices, epochs: 2 }));
  expect(runWith(...args).rows[0]!.epochs).toBe(2);
});

/** The same scores, without training again: the seconds are those of the fit, most of which is saved with its last checkpoint. */
function expectSameFit(resumed: ReturnType<typeof run>, first: ReturnType<typeof run>) {
  expect([resumed.status, resumed.output]).toEqual([0, expect.any(String)]);
  const [a, b] = [resumed.rows[0]!, first.rows[0]!];
  expect({ ...a, seconds: 0 }).toEqual({ ...b, seconds: 0 });
  expect(a.seconds).toBeGreaterThan(b.seconds / 2);
}

test('wrong options are explained', () => {
  expect(run('--pct', '2').output).toBe('--pct must be a number from 0 to 1, got 2.\n');
  expect(run('--pct', '0').output).toBe('--pct must be greater than 0, got 0.\n');
  expect(run('--only', 'mixup,cutmix').output).toMatch(
    /^--only must be sections of baseline, .*, got cutmix\.\n$/,
  );
});

describe('the plan', () => {
  const imagenette: Data = {
    ...{ name: 'imagenette160', folder: '', stats: { mean: [], std: [] }, splitter: new RandomSplitter() },
    ...{ train: 9469, valid: 3925, maxSize: 128 },
  };
  const names = ['baseline', 'normalization', 'progressiveResizing', 'mixup', 'labelSmoothing'];
  const options = (...args: string[]) => parseOptions(args, names);
  /** A machine that computes this many training pictures of 64 px in a second. */
  const machine =
    (perSecond: number) =>
    async (size: number): Promise<Speed> => {
      const train = (size / 64) ** 2 / perSecond;
      return { train, valid: train / 3 };
    };
  const planFor = (perSecond: number, given: Options = options()) =>
    makePlan(given, imagenette, machine(perSecond));

  test.each([20, 60, 170, 340, 1000, 5000, 20000])(
    'takes five minutes at %i pictures per second',
    async (speed) => {
      const plan = await planFor(speed);
      expect(secondsOf(plan)).toBeLessThanOrEqual(300);
      expect(secondsOf(plan)).toBeGreaterThan(speed > 5000 ? 0 : 200);
      expect(plan.epochs).toBeGreaterThanOrEqual(3);
    },
  );

  test('uses more pictures, epochs and pixels on faster machines', async () => {
    const plans = await Promise.all([20, 170, 340, 5000, 20000].map((speed) => planFor(speed)));
    const sizes = plans.map(({ size }) => size);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(sizes[0]).toBeLessThan(sizes.at(-1)!);
    expect(plans[1]!.train).toBeLessThan(plans[2]!.train);
  });

  test('says by how much a machine is too slow', async () => {
    const given = options();
    const plan = await planFor(2, given);
    expect(secondsOf(plan)).toBeGreaterThan(300);
    expect(describePlan(given, imagenette, plan).join('\n')).toMatch(
      / min more than five minutes on this machine/,
    );
  });

  test('keeps to given options', async () => {
    const given = options('--pct', '0.5', '--epochs', '3', '--size', '128');
    expect(await planFor(340, given)).toMatchObject({ pct: 0.5, epochs: 3, size: 128, train: 4735 });
    expect(describePlan(given, imagenette, await planFor(340, given)).join('\n')).toMatch(
      / with these options/,
    );
    expect(await planFor(340, options('--epochs', '2'))).toMatchObject({ epochs: 2 });
    expect(await planFor(340, options('--pct', '0.1'))).toMatchObject({ train: 947 });
    const full = await planFor(100, options('--full'));
    expect(full).toMatchObject({ size: 224, pct: 1, epochs: 5, train: 9469, valid: 3925 });
    expect(full.resizing).toEqual({ small: 128, first: 4, last: 5 });
  });

  test('measures the speed of training', async () => {
    setQuiet(true);
    const given = options('--data', pictures, '--bs', '8');
    const data = { ...imagenette, name: 'pictures', folder: pictures, train: 48, valid: 12 };
    data.stats = { mean: [0.5], std: [0.5] };
    const speed = await measureSpeed(data, given, 16);
    expect([speed.train > 0, speed.valid > 0]).toEqual([true, true]);
    setQuiet(false);
  });
});
