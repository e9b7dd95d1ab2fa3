import { log, type ProgressOptions, progressBar, setProgressSink, setQuiet } from '@fastts/core';

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

it('writes lines on the standard error stream', () => {
  log('epoch 1');
  expect(written).toEqual(['epoch 1\n']);
});

it('writes a plain line now and then where there is no terminal', () => {
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

it('keeps silent when told to', () => {
  setQuiet(true);
  log('nothing');
  const bar = progressBar({ total: 2 });
  jest.advanceTimersByTime(11_000);
  bar.update(1);
  bar.stop();
  expect(written).toEqual([]);
});

it('goes where a sink sends it', () => {
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
