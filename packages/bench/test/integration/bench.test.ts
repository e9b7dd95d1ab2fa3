import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'fastts-bench-'));
  for (const label of ['gray', 'red']) {
    mkdirSync(path.join(folder, 'pictures', label), { recursive: true });
    const create = { width: 64, height: 48, channels: 3, background: label } as const;
    for (let i = 0; i < 5; i++) {
      await sharp({ create })
        .jpeg()
        .toFile(path.join(folder, 'pictures', label, `${i}.jpg`));
    }
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the benchmark with small images and without a peer. */
function bench(...args: string[]) {
  const script = path.join(__dirname, '../../src/index.ts');
  return promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    script,
    '--quick',
    '--python',
    'none',
    ...args,
  ]);
}

test('writes one row per measurement, with null for a missing peer', async () => {
  const file = path.join(folder, 'bench.json');
  const { stdout } = await bench('--data', path.join(folder, 'pictures'), '--json', file);
  expect(stdout).toContain('pip install torch fastai');

  const report = JSON.parse(readFileSync(file, 'utf8'));
  expect(Object.keys(report)).toEqual(['machine', 'kernel', 'train', 'infer', 'epoch']);
  expect(report.machine).toMatchObject({ torch: null, fastai: null, epochData: 'pictures', epochBatches: 2 });
  expect(report.machine.peakGflops).toBeGreaterThan(0);
  for (const section of ['train', 'infer', 'epoch']) {
    expect(report[section]).toEqual([
      {
        model: 'xresnet18',
        size: 32,
        batchSize: 4,
        imagesPerSecond: expect.any(Number),
        peer: null,
        peerImagesPerSecond: null,
        ratio: null,
        peakRssMiB: expect.any(Number),
        peerPeakRssMiB: null,
      },
    ]);
    expect(report[section][0].imagesPerSecond).toBeGreaterThan(0);
  }

  const rows: { kernel: string; direction: string; count: number; gflops: number }[] = report.kernel;
  const layers = (direction: string) =>
    rows
      .filter((row) => row.kernel === 'conv' && row.direction === direction)
      .reduce((sum, { count }) => sum + count, 0);
  // xresnet50: a stem of 3, and 16 blocks of 3 convolutions, 4 of them with a projection.
  expect(['forward', 'inputGradient', 'filterGradient'].map(layers)).toEqual([55, 54, 55]);
  expect(rows.filter((row) => !(row.gflops > 0))).toEqual([]);
});

test.each([
  ['--only', 'kernels', 'takes kernel, train, infer, epoch'],
  ['--models', 'resnet50:128:16', 'xresnet18 or xresnet50'],
  ['--repeats', '0', 'an integer'],
])('rejects %s %s and lists the allowed values', async (option, value, message) => {
  await expect(bench(option, value)).rejects.toMatchObject({ stderr: expect.stringContaining(message) });
});
