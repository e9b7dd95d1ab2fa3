import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';

/** Real programs, which use the built packages and receive real signals while they train. */
const root = path.resolve(__dirname, '../../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'fastts-signals-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** On Windows, a process cannot send signals for which there are listeners. */
const onUnix = process.platform === 'win32' ? test.skip : test;

/** The beginning of all programs: `small` creates a learner whose fit writes its events to the output. */
const prelude = `
import { existsSync } from 'node:fs';
import {
  Callback, CrossEntropyLossFlat, CSVLogger, Flatten, InterruptCallback, InterruptedError, Learner, Linear, Sequential, tf, useEngine,
} from 'fastts';
await useEngine('cpu');
const path = process.argv[1] ?? '.';
const data = {
  length: 10,
  async *[Symbol.asyncIterator]() {
    for (let i = 0; i < 10; i++) {
      await new Promise(setImmediate); // signals are delivered
      yield [tf.cos(tf.range(i, i + 16)).reshape([4, 2, 2, 1]), tf.tensor1d([0, 1, 2, 1], 'int32')];
    }
  },
};
class Log extends Callback {
  order = 60;
  constructor(name) { super(); this.name = name; }
  log(...values) { console.log(this.name, ...values); }
  beforeFit() { this.learn.logger = null; }
  afterBatch() { if (this.learn.epoch === 1 && this.learn.iter === 5 && this.learn.training) this.log('trains'); }
  async afterCancelFit() { this.log('canceled', this.learn.trainIter, await sum(this.learn.model)); }
  afterFit() { this.log('ended with', this.learn.recorder.losses.length, 'losses'); }
  cleanUp() { this.log('cleaned up'); }
}
/** Calls \`act\` after the sixth batch of training or validation. */
class InMiddle extends Callback {
  order = 61;
  constructor(act, { training = true } = {}) { super(); this.act = act; this.training = training; }
  afterBatch() { if (this.learn.iter === 5 && this.learn.training === this.training) return this.act(); }
}
/** Sends a signal to this process, which delivers it in the next turn of the event loop. */
async function kill(signal) {
  process.kill(process.pid, signal);
  for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
}
const never = () => new Promise(() => setInterval(() => {}, 1000));
/** A number that tells models apart. */
async function sum(model) {
  const values = await Promise.all(model.parameters().map(({ value }) => value.data()));
  return values.flatMap((numbers) => [...numbers]).reduce((total, value, i) => total + value * (i + 1), 0);
}
function small(name = 'fit', ...cbs) {
  const model = new Sequential(new Flatten(), new Linear(4, 3));
  const dls = { train: data, valid: data, c: 3 };
  return new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat(), path, cbs: [new Log(name), ...cbs] });
}
`;

/** How a program ended. */
interface Ended {
  /** Its exit status, or the signal that ended it. */
  by: number | string;
  output: string;
  errors: string;
}

/** A running program. */
class Program {
  readonly ended: Promise<Ended>;
  private readonly text = { output: '', errors: '' };
  private onText = () => {};

  constructor(readonly child: ChildProcess) {
    for (const [name, stream] of Object.entries({ output: child.stdout!, errors: child.stderr! })) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        this.text[name as keyof typeof this.text] += part;
        this.onText();
      });
    }
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ by: code ?? signal!, ...this.text }));
    });
  }

  /** Resolves when the program has written `text`; rejects if it ends before. */
  async wrote(text: string): Promise<this> {
    const hasWritten = () => `${this.text.output}${this.text.errors}`.includes(text);
    const written = new Promise<void>((resolve) => {
      this.onText = () => hasWritten() && resolve();
      this.onText();
    });
    await Promise.race([written, this.ended]);
    if (hasWritten()) return this;
    throw new Error(`The program ended without '${text}': ${JSON.stringify(await this.ended)}`);
  }

  signal(signal: NodeJS.Signals): this {
    this.child.kill(signal);
    return this;
  }
}

function newFolder(): string {
  return mkdtempSync(path.join(folder, 'out-'));
}

/** Starts a program, by Node unless `command` runs it differently. */
function start(body: string, { out = newFolder(), command = [process.execPath] } = {}): Program {
  const [file, ...args] = [...command, '--input-type=module', '--eval', prelude + body, out];
  return new Program(spawn(file!, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }));
}

onUnix.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends a fit after the batch: its events run, the model is saved, and the process ends by the signal',
  async (signal) => {
    const out = newFolder();
    const body = `try { await small().fit(1e6); } catch (error) { console.log(error); process.exit(1); } finally { console.log('on'); }`;
    const program = await start(body, { out }).wrote('fit trains');
    const { by, output, errors } = await program.signal(signal).ended;
    expect(by).toBe(signal);
    const [, batches, weights] = output.match(/^fit trains\nfit canceled (\d+) (\S+)\n/)!;
    expect(output).toMatch(new RegExp(`fit ended with ${batches} losses\nfit cleaned up\n$`));
    expect(errors).toMatch(
      new RegExp(
        `\n${signal} ended training in epoch \\d+ of 1000000, after ${batches} batches\\. The model is in`,
      ),
    );
    const load = `const learn = small(); await learn.load('interrupted');`;
    const log = `console.log(await sum(learn.model), learn.opt.stateDict().parameters[0].step);`;
    expect((await start(load + log, { out }).ended).output).toBe(`${weights} ${batches}\n`);
  },
);

onUnix('a signal in the middle of a validation ends the fit', async () => {
  const middle = `new InMiddle(() => kill('SIGTERM'), { training: false })`;
  const { by, output } = await start(`await small('fit', ${middle}).fit(1e6);`).ended;
  expect(by).toBe('SIGTERM');
  expect(output).toMatch(/^fit canceled 10 \S+\nfit ended with 10 losses\nfit cleaned up\n$/);
});

onUnix.each([
  ['SIGINT', 'SIGINT', 'Ctrl-C again ends'],
  ['SIGTERM', 'SIGTERM', 'A second signal ends'],
  ['SIGINT', 'SIGTERM', 'Ctrl-C again ends'],
] as const)('%s, and then %s in the same batch, ends the process at once', async (first, second, text) => {
  const endless = `new InMiddle(() => { console.log('endless batch'); return never(); })`;
  const program = await start(`await small('fit', ${endless}).fit(1e6);`).wrote('endless batch');
  await program.signal(first).wrote(text);
  expect(await program.signal(second).ended).toMatchObject({ by: second, output: 'endless batch\n' });
});

/** As npm does for a signal that the terminal has sent to all of its processes. */
onUnix('a signal that arrives twice counts once, even if a batch blocks the process in between', async () => {
  const twice = `
    kill('SIGINT');
    await kill('SIGINT');
    kill('SIGHUP');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);`;
  const { by, output } = await start(`await small('fit', new InMiddle(async () => { ${twice} })).fit(1e6);`)
    .ended;
  expect(by).toBe('SIGINT');
  expect(output).toMatch(/^fit canceled 6 \S+\nfit ended with 6 losses\nfit cleaned up\n$/);
});

onUnix.each([
  ['before', `process.on('SIGTERM', host); await small('fit', new InMiddle(() => kill('SIGTERM'))).fit(2);`],
  [
    'during',
    `await small('fit', new InMiddle(() => { process.on('SIGTERM', host); return kill('SIGTERM'); })).fit(2);`,
  ],
])("the program's own listener, added %s the fit, is left alone", async (_, body) => {
  const host = `let calls = 0; const host = () => calls++;`;
  const counts = `console.log(calls, process.listenerCount('SIGTERM'), process.listenerCount('SIGINT'));`;
  const { by, output } = await start(host + body + counts).ended;
  expect(by).toBe(0);
  expect(output).toMatch(/^fit trains\nfit ended with 20 losses\nfit cleaned up\n[1-9]\d* [12] 0\n$/);
});

/** Copies of signal-exit, which many programs load, and which acts only where nothing else listens. */
const copies = ['signal-exit', 'foreground-child/node_modules/signal-exit'].flatMap((name) => {
  const copy = path.join(root, 'node_modules', name);
  return existsSync(copy)
    ? [[JSON.parse(readFileSync(path.join(copy, 'package.json'), 'utf8')).version, copy]]
    : [];
});
(copies.length > 0 ? onUnix.each(copies) : test.skip.each(['(not installed)']))(
  'the listeners of signal-exit %s do not count as own ones',
  async (_, copy) => {
    const load = `import { createRequire } from 'node:module';
    const exports = createRequire(import.meta.url)(${JSON.stringify(copy)});
    (exports.onExit ?? exports)((status) => console.log('exit hook', status));`;
    const { by, output } = await start(
      `${load} await small('fit', new InMiddle(() => kill('SIGTERM'))).fit(1e6);`,
    ).ended;
    expect(by).toBe(143);
    expect(output).toMatch(/^fit canceled 6 \S+\nfit ended with 6 losses\nfit cleaned up\nexit hook 143\n$/);
  },
);

onUnix.each([
  ['validation', `await small('fit', middle).validate();`],
  ['prediction', `await small('fit', middle).getPreds();`],
  ['a program after a fit', `await small().fit(1); await kill('SIGTERM'); console.log('on');`],
])('%s ends at once: nothing can be lost', async (_, body) => {
  const middle = `const middle = new InMiddle(async () => { console.log('now'); await kill('SIGTERM'); console.log('on'); }, { training: false });`;
  const { by, output } = await start(middle + body).ended;
  expect(by).toBe('SIGTERM');
  expect(output).toMatch(/(^now|fit cleaned up)\n$/);
});

onUnix('a signal ends lrFind, whose model is not saved', async () => {
  const out = newFolder();
  const { by } = await start(`await small('fit', new InMiddle(() => kill('SIGTERM'))).lrFind();`, { out })
    .ended;
  expect(by).toBe('SIGTERM');
  expect(readdirSync(out)).toEqual([]);
});

onUnix('a signal ends fineTune in its first part', async () => {
  const body = `await small('fit', new InMiddle(() => kill('SIGTERM'))).fineTune(5);`;
  const { by, output } = await start(body).ended;
  expect(by).toBe('SIGTERM');
  expect(output.match(/fit canceled 6/g)).toHaveLength(1);
});

onUnix('all fits that run at once are ended and saved', async () => {
  const out = newFolder();
  const slow = `class Slow extends Callback { afterCancelFit() { return new Promise((resolve) => setTimeout(resolve, 100)); } }`;
  const body = `await Promise.all([small('a', new InMiddle(() => kill('SIGTERM'))).fit(1e6), small('b', new Slow()).fit(1e6)])
    .catch(() => process.exit(1));`;
  const { by, output } = await start(slow + body, { out }).ended;
  expect(by).toBe('SIGTERM');
  for (const name of ['a', 'b'])
    expect(output).toMatch(new RegExp(`${name} canceled \\d+ .*\n(.*\n)*${name} ended`));
  expect(readdirSync(path.join(out, 'models')).sort()).toEqual([
    'interrupted-2.safetensors',
    'interrupted.safetensors',
  ]);
});

onUnix('a fit that another one runs in a callback ends first, then the other one', async () => {
  const inner = `small('inner', new InMiddle(() => kill('SIGTERM')))`;
  const { by, output } = await start(`await small('outer', new InMiddle(() => ${inner}.fit(1e6))).fit(1e6);`)
    .ended;
  expect(by).toBe('SIGTERM');
  const ofFit = (name: string) =>
    `${name} canceled 6 \\S+\n${name} ended with 6 losses\n${name} cleaned up\n`;
  expect(output).toMatch(new RegExp(`^${ofFit('inner')}${ofFit('outer')}$`));
});

onUnix.each([
  ['the signal', 'error.endProcess()', 'SIGTERM'],
  ['the status 128 + 15', '', 143],
])('a program can save by itself after an interrupted fit, and ends by %s', async (_, end, by) => {
  const body = `
    const learn = small('fit', new InterruptCallback({ endProcess: false }), new InMiddle(() => kill('SIGTERM')));
    await learn.fit(1e6).catch(async (error) => {
      console.log(error instanceof InterruptedError, error.signal, process.listenerCount('SIGHUP'));
      await learn.save('mine');
      console.log(existsSync(path + '/models/interrupted.safetensors'), existsSync(path + '/models/mine.safetensors'));
      ${end}
    });`;
  const { by: ended, output } = await start(body).ended;
  expect(ended).toBe(by);
  expect(output).toMatch(/fit cleaned up\ntrue SIGTERM 1\nfalse true\n$/);
});

/** A notebook's kernel has a listener, which rejects what the cell awaits. */
const notebook = `
  globalThis.__tslab__ = { require: () => ({ newDisplay: () => ({ html() {} }) }) };
  process.on('SIGINT', () => {});`;
onUnix(
  'interrupting the cell of a notebook ends fits and predictions only, even if it is done twice',
  async () => {
    const body = `
    const learn = small('fit', new InMiddle(async () => { await kill('SIGINT'); await kill('SIGINT'); }));
    await learn.fit(1e6).catch((error) => console.log(error.signal));
    await learn.getPreds({ cbs: new InMiddle(() => kill('SIGINT'), { training: false }) })
      .catch((error) => console.log(error.signal));
    console.log(process.listenerCount('SIGTERM'), existsSync(path + '/models'));`;
    const { by, output } = await start(notebook + body).ended;
    expect(by).toBe(0);
    expect(output).toMatch(
      /^fit canceled 6 .*\nfit ended with 6 losses\nfit cleaned up\nSIGINT\nfit cleaned up\nSIGINT\n/,
    );
    expect(output).toMatch(/\n\d false\n$/);
  },
);

/** There, Ctrl-C is a key: an event of the prompt. */
test("Ctrl-C at Node's prompt ends the fit only", async () => {
  const child = spawn(process.execPath, ['-i'], { cwd: root, stdio: 'pipe' });
  const program = new Program(child);
  const imports = prelude.replace(/import (\{[^}]*\}) from (.*);/g, 'const $1 = await import($2);');
  const ctrlC = `new InMiddle(() => require('node:repl').repl.emit('SIGINT'))`;
  const fit = `await small('fit', ${ctrlC}).fit(1e6).catch((error) => console.log('rejected by', error.signal));`;
  child.stdin.write(`(async () => {\n${imports}${fit}\n})();\n`);
  await program.wrote('rejected by');
  child.stdin.end(`console.log('still', 'here');\n`);
  const { by, output } = await program.ended;
  expect(by).toBe(0);
  for (const text of ['fit canceled 6', 'fit ended with 6 losses', 'rejected by SIGINT', 'still here'])
    expect(output).toContain(text);
});

onUnix.each([
  ['training', 'true', 16],
  ['validation', 'false', 20],
])('an interrupted %s is resumed exactly where it ended', async (_, training, batches) => {
  const begin = `
    import { CheckpointCallback, setSeed } from 'fastts';
    setSeed(3);
    const kept = () => ({ cbs: new CheckpointCallback(path + '/kept'), resume: path + '/kept' });`;
  const act = `() => { if (learn.epoch === 1) return kill('SIGTERM'); }`;
  const out = newFolder();
  const middle = `new InMiddle(${act}, { training: ${training} })`;
  const first = await start(
    `${begin} const learn = small('fit', ${middle}); await learn.fit(3, 1e-2, kept());`,
    {
      out,
    },
  ).ended;
  expect(first.by).toBe('SIGTERM');
  expect(first.output).toContain(`fit canceled ${batches} `);
  expect(first.errors).toContain(
    `after ${batches} batches. The same fit with resume: '${out}/kept' continues`,
  );
  expect(readdirSync(out)).toEqual(['kept']);
  const log = `console.log(await sum(learn.model), learn.recorder.losses.length, learn.recorder.values.length);`;
  const rest = start(`${begin} const learn = small(); await learn.fit(3, 1e-2, kept()); ${log}`, { out });
  const whole = start(`${begin} const learn = small(); await learn.fit(3, 1e-2); ${log}`);
  const last = (output: string) => output.trim().split('\n').at(-1);
  expect(last((await rest.ended).output)).toBe(last((await whole.ended).output));
  expect(last((await whole.ended).output)).toMatch(/ 30 3$/);
});

onUnix('a closed output does not prevent saving', async () => {
  const out = newFolder();
  const write = `class Write extends Callback { afterCancelFit() { process.stdout.write('canceled'); process.stderr.write('canceled'); } }`;
  const program = await start(`${write} await small('fit', new Write()).fit(1e6);`, { out }).wrote(
    'fit trains',
  );
  for (const stream of [program.child.stdout!, program.child.stderr!]) stream.destroy();
  expect((await program.signal('SIGINT').ended).by).toBe('SIGINT');
  expect(readdirSync(path.join(out, 'models'))).toEqual(['interrupted.safetensors']);
});

onUnix(
  'a callback that fails after a signal does not prevent saving, and its error is reported',
  async () => {
    const out = newFolder();
    const broken = `class Broken extends Callback { afterCancelFit() { throw new Error('broken'); } }`;
    const body = `${broken} await small('fit', new Broken(), new InMiddle(() => kill('SIGTERM'))).fit(1e6);`;
    const { by, errors } = await start(body, { out }).ended;
    expect(by).toBe(143);
    expect(errors).toMatch(/after 6 batches\. The model is in.*\n(.*\n)*Error: broken/);
    expect(readdirSync(path.join(out, 'models'))).toEqual(['interrupted.safetensors']);
  },
);

onUnix('a model that cannot be saved does not keep the process alive', async () => {
  const out = newFolder();
  const body = `import { writeFileSync } from 'node:fs'; writeFileSync(path + '/models', '');
    await small('fit', new InMiddle(() => kill('SIGTERM'))).fit(1e6);`;
  const { by, errors } = await start(body, { out }).ended;
  expect(by).toBe('SIGTERM');
  expect(errors).toMatch(/after 6 batches\. The model cannot be saved: .*models/);
});

const namespace = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
  '--pid',
  '--fork',
];
const isContainer = spawnSync(namespace[0]!, [...namespace.slice(1), 'true']).status === 0;
(isContainer ? test : test.skip)(
  `the first process of a container ends with the status of the signal${isContainer ? '' : ' (unshare cannot make a container)'}`,
  async () => {
    const command = [...namespace, process.execPath];
    const program = start(
      `if (process.pid === 1) await small('fit', new InMiddle(() => kill('SIGTERM'))).fit(1e6);`,
      { command },
    );
    const { by, output } = await program.ended;
    expect(by).toBe(143);
    expect(output).toMatch(/^fit canceled 6 \S+\nfit ended with 6 losses\nfit cleaned up\n$/);
  },
);

const pictures = path.join(folder, 'pictures');
beforeAll(async () => {
  for (const [label, background] of Object.entries({ red: '#e01010', blue: '#1010e0' })) {
    mkdirSync(path.join(pictures, label), { recursive: true });
    for (let i = 0; i < 10; i++) {
      const picture = sharp({ create: { width: 16, height: 16, channels: 3, background } });
      await picture.png().toFile(path.join(pictures, label, `${i}.png`));
    }
  }
});

/** Starts the command `fastts`. */
function run(...args: string[]): Program {
  const fastts = path.join(root, 'packages/fastts/dist/cli/main.js');
  return new Program(spawn(process.execPath, [fastts, ...args], { stdio: ['ignore', 'pipe', 'pipe'] }));
}

onUnix('fastts train writes the model and the report of an interrupted training', async () => {
  const out = newFolder();
  const program = run('train', pictures, '--size', '16', '--bs', '8', '--epochs', '1000000', '--out', out);
  await program.wrote('\n1  '); // the second row of the table
  const { by, errors } = await program.signal('SIGTERM').signal('SIGTERM').ended;
  expect(by).toBe('SIGTERM');
  const [model, report] = ['model.safetensors', 'report.html'].map((name) => path.join(out, name));
  expect(errors).toContain(`Model: ${model}\nReport: ${report}\n`);
  expect(readFileSync(report!, 'utf8')).toMatch(/\d of 1000000, then stopped/);
  const predicted = await run('predict', model!, path.join(pictures, 'red', '3.png')).ended;
  expect(predicted.output).toMatch(/(red|blue) +\d+\.\d%/);
  expect(existsSync(path.join(out, 'models'))).toBe(false);
});

onUnix('fastts train --resume goes on with a training that was interrupted, to the same model', async () => {
  const train = (out: string, ...more: string[]) =>
    run('train', pictures, '--size', '16', '--bs', '8', '--epochs', '3', '--out', out, ...more);
  const whole = newFolder();
  await train(whole).ended;
  expect(existsSync(path.join(whole, 'checkpoints'))).toBe(false);
  const out = newFolder();
  const program = train(out);
  await program.wrote('\n0  '); // the first row of the table
  const { errors } = await program.signal('SIGTERM').ended;
  expect(errors).toContain('run the same command with --resume');
  const anew = await train(out).ended;
  expect([anew.by, anew.errors]).toEqual([
    1,
    expect.stringMatching(/checkpoints has an interrupted training: add --resume to continue it/),
  ]);
  const changed = await train(out, '--resume', '--size', '32').ended;
  expect([changed.by, changed.errors]).toEqual([
    1,
    expect.stringMatching(/had another --size, 16 instead of 32: pass the same options/),
  ]);
  const resumed = await train(out, '--resume').ended;
  expect(resumed).toMatchObject({ by: 0, errors: expect.stringMatching(/Resuming at epoch [12]/) });
  const model = (of: string) => readFileSync(path.join(of, 'model.safetensors'));
  expect(model(out).equals(model(whole))).toBe(true);
  expect(readFileSync(path.join(out, 'report.html'), 'utf8')).toMatch(/epochs<\/dt><dd>3</);
  expect(existsSync(path.join(out, 'checkpoints'))).toBe(false);
});
