import { log, logRow, type ProgressOptions, progressBar, setProgressSink, setQuiet } from '@fastts/core';

const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  setQuiet(false);
  jest.useFakeTimers();
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

it('writes lines to standard error', () => {
  log('epoch 1');
  expect(written).toEqual(['epoch 1\n']);
});

it('writes a plain line from time to time if there is no terminal', () => {
  const bar = progressBar({ total: 200e6, label: 'Downloading', unit: 'bytes' });
  bar.update(1e6);
  jest.advanceTimersByTime(11_000);
  bar.update(50e6, 'mirror 2');
  bar.update(51e6);
  jest.advanceTimersByTime(11_000);
  bar.update(200e6);
  bar.stop();
  expect(written).toEqual(['Downloading 25% 50.0/200.0 MB mirror 2\n']);
});

it('writes nothing in quiet mode', () => {
  setQuiet(true);
  log('nothing');
  const bar = progressBar({ total: 2 });
  jest.advanceTimersByTime(11_000);
  bar.update(1);
  bar.stop();
  expect(written).toEqual([]);
});

it('goes to the given sink', () => {
  const lines: string[] = [];
  const bars: ProgressOptions[] = [];
  const before = setProgressSink({
    line: (text) => void lines.push(text),
    bar: (options) => {
      bars.push(options);
      return { update: (done) => void lines.push(String(done)), stop() {} };
    },
  });
  log('a');
  progressBar({ total: 3, label: 'b' }).update(2);
  setProgressSink(before);
  log('c');
  expect(lines).toEqual(['a', '2']);
  expect(bars).toEqual([{ total: 3, label: 'b' }]);
  expect(written).toEqual(['c\n']);
});

describe('in a notebook', () => {
  const displays: string[][] = [];
  const newDisplay = () => {
    const drawn: string[] = [];
    displays.push(drawn);
    return { html: (text: string) => void drawn.push(text) };
  };

  beforeEach(() => {
    displays.length = 0;
    jest.resetModules();
    Object.assign(globalThis, { __tslab__: { require: () => ({ newDisplay }) } });
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(written.push(String(text))));
  });
  afterEach(() => {
    Reflect.deleteProperty(globalThis, '__tslab__');
  });

  it('redraws a bar in place, and removes it', () => {
    const notebook: typeof import('../src/progress/progress.js') = require('../src/progress/progress.js');
    const bar = notebook.progressBar({ total: 4, label: 'epoch <1>', unit: 'batches' });
    bar.update(1, '0.5');
    bar.update(2);
    jest.advanceTimersByTime(200);
    bar.update(3);
    bar.stop();
    expect(displays).toEqual([
      [
        '<progress value="1" max="4"></progress> epoch &#60;1&#62; · 1/4 batches · 0.5',
        '<progress value="3" max="4"></progress> epoch &#60;1&#62; · 3/4 batches',
        '<span></span>',
      ],
    ]);
  });

  it('extends a table in place, starts a new one for each header, and writes lines as output', () => {
    const {
      log,
      logRow,
    }: typeof import('../src/progress/progress.js') = require('../src/progress/progress.js');
    log('started');
    logRow({ cells: ['epoch', 'loss'], isHead: true, line: 'epoch loss' });
    logRow({ cells: ['0', '0.5'], isHead: false, line: '0 0.5' });
    logRow({ cells: ['epoch'], isHead: true, line: 'epoch' });
    const head = '<table><tr><th>epoch</th><th>loss</th></tr>';
    expect(displays).toEqual([
      [`${head}</table>`, `${head}<tr><td>0</td><td>0.5</td></tr></table>`],
      ['<table><tr><th>epoch</th></tr></table>'],
    ]);
    expect(written).toEqual(['started\n']);
  });
});

it('writes a row as a line outside of a notebook', () => {
  logRow({ cells: ['0', '0.5'], isHead: false, line: '0      0.5' });
  expect(written).toEqual(['0      0.5\n']);
});
