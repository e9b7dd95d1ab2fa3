import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { engineNames, resnet18, saveSafetensors, setProgressSink, setQuiet } from 'fastts';
import sharp from 'sharp';
import { fasttsCommand, reportError } from '../../src/cli/fasttsCommand.js';

const folder = mkdtempSync(join(tmpdir(), 'fastts-command-'));
/** Needs escaping in HTML; Windows does not allow `<` in names. */
const dataset = process.platform === 'win32' ? 'R&D' : 'R&D <1>';
const pictures = join(folder, dataset);
const out = join(folder, 'out');

beforeAll(async () => {
  setQuiet(true);
  for (const [label, background] of Object.entries({ red: '#e01010', blue: '#1010e0' })) {
    mkdirSync(join(pictures, label), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const picture = sharp({ create: { width: 40 + i, height: 36, channels: 3, background } });
      await picture.jpeg().toFile(join(pictures, label, `${i}.jpg`));
    }
  }
});
afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
  process.exitCode = undefined;
});

/** A command's output and its exit code. */
async function run(...args: string[]): Promise<{ output: string; errors: string; code: number }> {
  const output: string[] = [];
  const errors: string[] = [];
  const log = jest.spyOn(console, 'log').mockImplementation((line = '') => void output.push(`${line}\n`));
  const error = jest.spyOn(console, 'error').mockImplementation((line) => void errors.push(`${line}\n`));
  process.exitCode = 0;
  const command = fasttsCommand();
  for (const each of [command, ...command.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (text) => void output.push(text),
      writeErr: (text) => void errors.push(text),
    });
  }
  try {
    await command.parseAsync(args, { from: 'user' }).catch((error) => {
      // An error in the arguments has been printed already.
      if (error.code?.startsWith('commander.')) process.exitCode = error.exitCode;
      else reportError(error);
    });
    return { output: output.join(''), errors: errors.join(''), code: Number(process.exitCode) };
  } finally {
    log.mockRestore();
    error.mockRestore();
    process.exitCode = 0;
  }
}

test('train writes a model and a self-contained report, and predict uses the model', async () => {
  const trained = await run('train', pictures, '--size', '32', '--bs', '8', '--epochs', '2', '--out', out);
  expect(trained).toMatchObject({ code: 0, errors: '' });
  const report = readFileSync(join(out, 'report.html'), 'utf8');
  expect(report.match(/<svg xmlns/g)).toHaveLength(3);
  // The Grad-CAM of each of the worst pictures, and the box that hides them.
  expect(report.match(/<image class="heat"/g)).toHaveLength(4);
  expect(report).toContain('<input type="checkbox" id="maps" checked>');
  const escaped = dataset.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  expect(report).toContain(escaped);
  expect(report).toMatch(/of 4 validation images are classified correctly/);
  for (const text of ['train_loss', 'title="red predicted as red', 'xresnet18', `blue${sep}`])
    expect(report).toContain(text);
  expect(report).not.toMatch(/(src|href)="(?!data:)/);

  const model = join(out, 'model.safetensors');
  const broken = join(folder, 'broken.jpg');
  writeFileSync(broken, 'no picture');
  const file = join(pictures, 'red', '3.jpg');
  const said = await run('predict', model, file, broken, join(pictures, 'blue'), '--top', '1');
  expect(said.code).toBe(1);
  expect(said.errors).toMatch(/broken\.jpg cannot be read/);
  const lines = said.output.trim().split('\n');
  expect(lines).toHaveLength(11);
  expect(lines[0]).toMatch(/3\.jpg +(red|blue) \d+\.\d%$/);
  const { output } = await run('predict', model, file, '--json');
  const { path, classes } = JSON.parse(output);
  expect(path).toBe(file);
  expect(classes.map(({ label }: { label: string }) => label).sort()).toEqual(['blue', 'red']);
  expect(classes[0].probability + classes[1].probability).toBeCloseTo(1);
});

/** Runs `fastts clean`, calls `act` with the address of its page, and ends it like Ctrl-C. */
async function clean(args: string[], act: (url: string) => Promise<void>): Promise<string> {
  const lines: string[] = [];
  let opened = (_: string) => {};
  const address = new Promise<string>((done) => {
    opened = done;
  });
  const sink = setProgressSink({
    line(text) {
      lines.push(text);
      const [url] = /http:\S+/.exec(text) ?? [];
      if (url) opened(url);
    },
    bar: () => ({ update() {}, stop() {} }),
  });
  setQuiet(false);
  try {
    const ended = run('clean', ...args);
    await Promise.race([
      address.then(act).then(() => process.emit('SIGINT')),
      ended.then(({ errors }) => Promise.reject(new Error(errors))),
    ]);
    expect(await ended).toMatchObject({ code: 0, errors: '' });
    return lines.join('\n');
  } finally {
    setQuiet(true);
    setProgressSink(sink);
  }
}

const get = async (url: string, part: string) => (await fetch(new URL(part, url))).json();
const post = async (url: string, part: string, body: object) => {
  const headers = { Origin: new URL(url).origin, 'Content-Type': 'application/json' };
  return (await fetch(new URL(part, url), { method: 'POST', headers, body: JSON.stringify(body) })).json();
};

test('clean lists the sets that the model was trained with, also after pictures were moved', async () => {
  const model = join(out, 'model.safetensors');
  const data = join(folder, 'cleaned');
  cpSync(pictures, data, { recursive: true });
  const split = Object.fromEntries(
    readFileSync(join(out, 'split.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')),
  );
  expect(Object.values(split).filter((set) => set === 'valid')).toHaveLength(4);
  const namesOf = async (url: string, set: string) => {
    const { pictures: listed } = await get(url, `pictures?split=${set}&limit=99`);
    return listed.map(({ path }: { path: string }) => path.split(sep).slice(-2).join('/')).sort();
  };
  const valid = Object.keys(split).filter((name) => split[name] === 'valid');
  const said = await clean([data, '--model', model], async (url) => {
    expect(await namesOf(url, 'valid')).toEqual(valid.sort());
    const { pictures: listed } = await get(url, 'pictures?split=train&label=1&limit=99');
    await post(url, 'act', { number: listed[0].number, action: 'change', label: 0, seen: [1, 'new'] });
    await post(url, 'act', { number: listed[1].number, action: 'delete', seen: [1, 'new'] });
  });
  expect(said).toContain(`1 deleted, 1 with another label, 0 kept. Log: ${data}-changes.csv`);
  expect(said).not.toContain('not known');
  expect(readdirSync(join(`${data}-removed`, 'red'))).toHaveLength(1);

  // Without split.csv, it is the same split, of the pictures as they were; it is said to be an assumption.
  const alone = join(folder, 'alone.safetensors');
  cpSync(model, alone);
  const again = await clean([data, '--model', alone], async (url) => {
    expect(await namesOf(url, 'valid')).toEqual(valid.sort());
    expect(await namesOf(url, 'train')).toHaveLength(15);
    const { undo } = await get(url, 'data');
    expect(undo.text).toMatch(/^delete \d\.jpg$/);
    await post(url, 'undo', { seen: undo.time });
  });
  expect(again).toMatch(/not known .* assuming the random split of fastts train --valid 0\.2 --seed 42/);
  expect(readdirSync(join(`${data}-removed`, 'red'))).toEqual([]);
});

test('clean corrects the labels of a table in a copy', async () => {
  const data = join(folder, 'images');
  cpSync(join(pictures, 'red'), data, { recursive: true });
  const labels = join(folder, 'train.csv');
  writeFileSync(labels, 'label,image_id\nred,0\nblue,1\nred,missing\n');
  const args = [data, '--model', join(out, 'model.safetensors'), '--labels', labels];
  const columns = ['--fn-col', 'image_id', '--label-col', 'label', '--suff', '.jpg'];
  const said = await clean([...args, ...columns], async (url) => {
    const { pictures: listed } = await get(url, 'pictures?split=train&label=0&limit=9');
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(['1.jpg']);
    await post(url, 'act', { number: listed[0].number, action: 'change', label: 1, seen: [0, 'new'] });
  });
  expect(said).toContain(`1 of the 3 images of ${labels} are not in ${data}, and are left out.`);
  expect(said).toContain(`Table with the changes: ${join(folder, 'train-cleaned.csv')}`);
  expect(readFileSync(join(folder, 'train-cleaned.csv'), 'utf8')).toBe(
    'label,image_id\nred,0\nred,1\nred,missing\n',
  );
  expect(readdirSync(data)).toHaveLength(10);
});

test('train reduces the batch size for few images, and accepts classes called train and test', async () => {
  const vehicles = join(folder, 'vehicles');
  cpSync(join(pictures, 'red'), join(vehicles, 'train'), { recursive: true });
  cpSync(join(pictures, 'blue'), join(vehicles, 'test'), { recursive: true });
  const few = join(folder, 'few');
  const trained = await run('train', vehicles, '--size', '16', '--epochs', '1', '--out', few);
  expect(trained).toMatchObject({ code: 0, errors: '' });
  expect(readFileSync(join(few, 'report.html'), 'utf8')).toMatch(
    /bs<\/dt><dd>16<.*title="train predicted as test/s,
  );
});

test.each([
  [Number.NaN, false],
  [1e38, true], // the first convolution overflows
])('train fails if its loss is not finite, with weights of %p, and saves them: %p', async (value, saves) => {
  const state = resnet18().stateDict();
  const weights = join(folder, 'spoiled.safetensors');
  const { shape } = state.get('conv1.weight')!;
  state.get('conv1.weight')!.dispose();
  state.set('conv1.weight', tf.fill(shape, value));
  await saveSafetensors(weights, state);
  tf.dispose([...state.values()]);
  const diverged = join(folder, `diverged ${value}`);
  const options = ['--size', '32', '--bs', '8', '--epochs', '2', '--out', diverged];
  const { code, errors } = await run(
    'train',
    pictures,
    '--arch',
    'resnet18',
    '--weights',
    weights,
    ...options,
  );
  expect(code).toBe(1);
  expect(errors).toMatch(
    saves ? /^$/ : /^fastts: The model has weights that are NaN or infinite \(0\.0\.weight\)/,
  );
  expect(existsSync(join(diverged, 'model.safetensors'))).toBe(saves);
  expect(existsSync(join(diverged, 'report.html'))).toBe(false);
});

test('train fine-tunes weights from a file', async () => {
  const state = resnet18().stateDict();
  const weights = join(folder, 'weights.safetensors');
  await saveSafetensors(weights, state);
  tf.dispose([...state.values()]);
  const options = ['--size', '32', '--bs', '8', '--epochs', '1', '--out', join(folder, 'tuned')];
  const trained = await run('train', pictures, '--arch', 'resnet18', '--weights', weights, ...options);
  expect(trained).toMatchObject({ code: 0, errors: '' });
  expect(readFileSync(join(folder, 'tuned', 'report.html'), 'utf8')).toContain('resnet18, pretrained');
  const { output } = await run(
    'predict',
    join(folder, 'tuned', 'model.safetensors'),
    join(pictures, 'red', '3.jpg'),
  );
  expect(output).toMatch(/(red|blue) \d/);
});

test('lr-find prints a learning rate and plots the curve', async () => {
  const plot = join(folder, 'curve.svg');
  const { output, code } = await run('lr-find', pictures, '--size', '32', '--bs', '8', '--plot', plot);
  expect(code).toBe(0);
  expect(Number(output)).toBeGreaterThan(1e-7);
  expect(Number(output)).toBeLessThan(10);
  expect(readFileSync(plot, 'utf8')).toMatch(/^<svg/);
});

test('doctor lists every engine with its status', async () => {
  const { output, code } = await run('doctor');
  expect(code).toBe(0);
  for (const name of engineNames)
    expect(output).toMatch(new RegExp(`^ {2}${name} +(is used|starts|does not start)`, 'm'));
  expect(output).toMatch(/is used/);
});

test('help lists the commands and their options', async () => {
  const { output } = await run('--help');
  for (const name of ['doctor', 'train', 'predict', 'clean', 'lr-find']) expect(output).toContain(name);
  expect((await run('train', '--help')).output).toMatch(/--epochs <n>.*default: 5/s);
});

/** Places where nothing can be written; in `/proc`, Node itself hangs. */
const impossible = ['/dev/null', ...(process.platform === 'linux' ? ['/proc/nope', '/sys/nope/a'] : [])];

test.each<[string[], RegExp]>([
  [['trian', 'x'], /unknown command 'trian'[\s\S]*Did you mean train/],
  [['train'], /missing required argument 'folder'/],
  [
    ['clean', 'pets', '--model', 'm', '--port', '70000'],
    /'70000' is invalid. It must be an integer from 1 to 65535/,
  ],
  [['train', pictures, '--epochs', 'two'], /'two' is invalid.*must be an integer ≥ 1/],
  [['train', pictures, '--arch', 'alexnet'], /'alexnet' is invalid.*xresnet18/],
  [['train', join(folder, 'nowhere')], /folder .*nowhere does not exist/],
  [['train', join(pictures, 'red')], /only one class, 'red'/],
  [
    ['train', pictures, '--out', join(pictures, 'red', '1.jpg')],
    /model\.safetensors cannot be written: .*1\.jpg is not a folder/,
  ],
  [
    ['lr-find', pictures, '--plot', join(pictures, 'red', '1.jpg', 'a.png')],
    /a\.png cannot be written: .*1\.jpg is not a folder/,
  ],
  ...impossible.map((place): [string[], RegExp] => [
    ['train', pictures, '--out', place],
    /model\.safetensors cannot be written/,
  ]),
  [['lr-find', pictures, '--plot', 'curve.jpg'], /must end in \.png or \.svg/],
  [['predict', join(folder, 'none.safetensors'), 'a.jpg'], /There is no file.*none\.safetensors/],
  [['clean', pictures], /required option '--model <file>' not specified/],
  [['clean', join(folder, 'nowhere'), '--model', 'a'], /folder .*nowhere does not exist/],
  [['clean', pictures, '--model', join(folder, 'none.safetensors')], /There is no file.*none\.safetensors/],
  [
    ['clean', join(folder, 'vehicles'), '--model', join(out, 'model.safetensors')],
    /has the label 'test', which is not a class of the model \(blue, red\)/,
  ],
  [['clean', pictures, '--model', 'a', '--port', '0'], /must be an integer from 1 to 65535/],
])('%j fails with one sentence', async (args, message) => {
  const { errors, code } = await run(...args);
  expect(errors).toMatch(message);
  expect(code).toBe(1);
  expect(errors).not.toMatch(/\n +at /);
});
