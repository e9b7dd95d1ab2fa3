import { tableWriter } from '../src/callbacks/loggers/epochTable.js';

afterEach(() => jest.restoreAllMocks());

// fastai formats what is a float, which a perfect accuracy is too: f'{v:.6f}' of `Recorder.log` in callback/progress.py.
test('a metric that is a whole number has decimals as any other, and an epoch has none', () => {
  const written: string[] = [];
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean(written.push(String(text))));
  const write = tableWriter();
  write(['epoch', 'train_loss', 'valid_loss', 'accuracy', 'time']);
  write([3, 0.25, null, 1, '00:02']);
  expect(written).toEqual([
    'epoch  train_loss  valid_loss  accuracy    time\n',
    '3      0.250000    None        1.000000    00:02\n',
  ]);
});
