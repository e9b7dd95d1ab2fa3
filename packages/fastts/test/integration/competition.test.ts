import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCsv, setQuiet } from 'fastts';
import { copy, move, remove } from 'fs-extra';
import sharp from 'sharp';
import { drawLeaves } from '../../../../examples/competition/drawLeaves.js';
import { groupDuplicates } from '../../../../examples/competition/duplicates.js';
import { readLayout } from '../../../../examples/competition/layout.js';
import { checkSubmission } from '../../../../examples/competition/submission.js';

/** Runs the competition on a few small pictures, with the built packages. */
const root = path.resolve(__dirname, '../../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'fastts-competition-'));
const leaves = path.join(folder, 'leaves');
const small = '--arch small18 --archs small18 --size 32 --sizes 24,32 --epochs 1 --folds 2 --bs 16'.split(
  ' ',
);

beforeAll(async () => {
  setQuiet(true);
  await drawLeaves(leaves, { pictures: 100, tests: 12, size: 48 });
});
afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

function run(...args: string[]): { status: number | null; output: string } {
  const program = ['--import', 'tsx', 'examples/competition/index.ts', ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { cwd: root, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('the drawn leaves are unbalanced, with some wrong labels and copies', async () => {
  const { train, test: tests, truth, groups } = await opened();
  const share = (matches: boolean[]) => matches.filter(Boolean).length / matches.length;
  expect(share(train.map(({ label }) => label === 3))).toBeGreaterThan(0.4);
  expect(new Set(train.map(({ label }) => label)).size).toBe(5);
  const wrong = share(train.map(({ image_id, label }) => truth!.get(image_id) !== label));
  expect(wrong).toBeGreaterThan(0.04);
  expect(wrong).toBeLessThan(0.2);
  expect(tests!.map(({ image_id, label }) => truth!.get(image_id) === label)).not.toContain(false);
  // The last two are copies.
  expect(groups.flatMap((group, i) => (group === i ? [] : [i]))).toEqual([98, 99]);
});

async function opened() {
  const layout = await readLayout(leaves);
  return {
    ...layout,
    groups: await groupDuplicates(layout.train.map((leaf) => path.join(leaves, leaf.path))),
  };
}

test('a picture that was resized and compressed again is a copy, another one is not', async () => {
  const files = ['a.jpg', 'b.jpg', 'c.jpg'].map((name) => path.join(folder, name));
  const [first, second] = ['train_00000.jpg', 'train_00001.jpg'].map((id) =>
    path.join(leaves, 'train_images', id),
  );
  await sharp(first).toFile(files[0]!);
  await sharp(second).toFile(files[1]!);
  await sharp(first).resize(40).jpeg({ quality: 50 }).toFile(files[2]!);
  expect(await groupDuplicates(files)).toEqual([0, 1, 0]);
});

test('runs all steps, and writes the figures and a submission in the order of the sample', async () => {
  const out = path.join(folder, 'out');
  // Drawn leaves are expected in the folder of results.
  await copy(leaves, path.join(out, 'leaves-100'));
  const { status, output } = run(...small, '--pictures', '100', '--out', out, '--wandb');
  expect(output).toContain('submission: step 11 of 11');
  expect(status).toBe(0);
  for (const figure of ['batch', 'lrFind', 'wrongLabels', 'seeWhy']) {
    expect(existsSync(path.join(out, `${figure}.png`))).toBe(true);
  }
  expect(existsSync(path.join(out, 'wandb'))).toBe(true);
  const table = output.slice(output.indexOf('Scores on the test pictures'));
  const steps = [
    'baseline',
    'TTA',
    'class weights',
    'balanced sampling',
    'bi-tempered loss',
    'symmetric cross entropy',
  ];
  for (const step of [
    ...steps,
    'sizes 24 → 32',
    'ProgressiveResize',
    'mixup',
    'CutMix',
    'label smoothing',
    '2 folds',
  ]) {
    expect(table).toMatch(new RegExp(`^(\\+ )?${step} .* 0\\.\\d{3}`, 'm'));
  }
  expect(output).toMatch(/of 100 labels are wrong/);

  const submission = await readCsv(path.join(out, 'submission.csv'));
  const sample = await readCsv(path.join(leaves, 'sample_submission.csv'));
  expect(submission.columns).toEqual(['image_id', 'label']);
  expect(submission.map(({ image_id }) => image_id)).toEqual(sample.map(({ image_id }) => image_id));
});

test("takes a folder as Kaggle's, without the truth", async () => {
  const [data, out] = [path.join(folder, 'kaggle'), path.join(folder, 'kaggle-out')];
  await copy(leaves, data);
  await remove(path.join(data, 'truth.csv'));
  await remove(path.join(data, 'sample_submission.csv'));
  const { status, output } = run('--data', data, ...small, '--out', out, '--only', 'baseline,submission');
  expect(output).toMatch(/Scores on the first fold.*baseline .* 0\.\d{3}/s);
  expect(status).toBe(0);
  const submission = readFileSync(path.join(out, 'submission.csv'), 'utf8');
  expect(submission).toMatch(/^image_id,label\ntest_00000\.jpg,[0-4]\ntest_00001\.jpg,[0-4]\n/);
});

test('a wrong layout is an error that names what is missing or wrong', async () => {
  const { status, output } = run('--data', folder);
  expect(status).toBe(1);
  expect(output).toMatch(/train\.csv does not exist, a table with the columns image_id,label/);

  const data = path.join(folder, 'broken');
  await copy(leaves, data);
  await move(path.join(data, 'test_images'), path.join(data, 'tests'));
  await expect(readLayout(data)).rejects.toThrow(
    /test_images does not exist, a folder with the pictures to predict/,
  );
  await move(path.join(data, 'tests'), path.join(data, 'test_images'));
  const csv = path.join(data, 'train.csv');
  writeFileSync(csv, 'image_id,label\ntrain_00000.jpg,5\n');
  await expect(readLayout(data)).rejects.toThrow(/Row 1 of .* has the label 5: it must be from 0 to 4/);
  writeFileSync(csv, 'image_id,label\nnone.jpg,1\n');
  await expect(readLayout(data)).rejects.toThrow(/Row 1 of .* names none\.jpg, which is not in train_images/);
  writeFileSync(csv, 'name,label\nnone.jpg,1\n');
  await expect(readLayout(data)).rejects.toThrow(/must have the columns image_id,label, got name,label/);
});

test('a submission is checked', async () => {
  const file = path.join(folder, 'submission.csv');
  const check = () => checkSubmission(file, ['a.jpg', 'b.jpg'], 5);
  writeFileSync(file, 'image_id,label\na.jpg,4\nb.jpg,0\n');
  await check();
  writeFileSync(file, 'image_id,label\na.jpg,4\n');
  await expect(check()).rejects.toThrow(/one row for each of the 2 test pictures, got 1/);
  writeFileSync(file, 'image_id,label\na.jpg,4\nb.jpg,5\n');
  await expect(check()).rejects.toThrow(/Row 2 .* must be of b\.jpg, with a label below 5, got b\.jpg,5/);
});

test('wrong options are errors with the remedy', () => {
  expect(run('--only', 'looks').output).toMatch(/--only must be steps of look, quickLook.*got looks/);
  expect(run('--arch', 'vgg').output).toMatch(/--arch and --archs must be of resnet18.*got vgg/);
  expect(run('--epochs', '0').output).toMatch(/--epochs must be an integer of at least 1, got 0/);
});
