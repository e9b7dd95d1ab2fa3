import { tableWriter } from '../src/callbacks/loggers/epochTable.js';

afterEach(() => jest.restoreAllMocks());

// fastai formats all floats alike, including an accuracy of 1: f'{v:.6f}' in `Recorder.log` of callback/progress.py.
test('a metric that is an integer is written with decimals like any other, the epoch without', () => {
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
