import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figure } from '@fastts/core';
import {
  AvgMetric,
  accuracy,
  Callback,
  CancelFit,
  CancelValid,
  CSVLogger,
  LearnerError,
  Recorder,
  ShowGraphCallback,
} from '../src/index.js';
import { smallLearner } from './smallNetwork.js';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(path, { recursive: true }));

const linesOf = async (file: string) => (await readFile(join(path, file), 'utf8')).trimEnd().split('\n');

test('the epoch table is written as CSV during the fit, with all digits', async () => {
  const seen: number[] = [];
  class Watch extends Callback {
    override order = 99;
    override async afterEpoch() {
      seen.push((await linesOf('history.csv')).length);
    }
  }
  const learn = smallLearner({ metrics: accuracy, path, cbs: [new CSVLogger(), new Watch()] });
  await learn.fit(2);
  const [head, ...rows] = await linesOf('history.csv');
  expect(head).toBe('epoch,train_loss,valid_loss,accuracy,time');
  const lastAccuracy = learn.recorder.values[1]![2];
  rows.forEach((row, epoch) => {
    const cells = row.split(',');
    expect(cells.slice(0, 4).map(Number)).toEqual([epoch, ...learn.recorder.values[epoch]!]);
    expect(cells[4]).toMatch(/^\d\d:\d\d$/);
  });
  expect(seen).toEqual([2, 3]);
  // A validation or a learning rate search does not change the file.
  await learn.validate();
  await learn.lrFind({ numIt: 20 });
  expect(await linesOf('history.csv')).toHaveLength(3);
  const [, last] = await learn.cb(CSVLogger)!.readLog();
  expect(last).toMatchObject({ epoch: 1, accuracy: lastAccuracy });
});

test('a fit overwrites the file or appends to it', async () => {
  const csv = (append: boolean) => new CSVLogger({ fname: 'logs/a.csv', append });
  const learn = smallLearner({ path });
  await learn.fit(1, 1e-3, { cbs: csv(true) });
  await learn.fit(2, 1e-3, { cbs: csv(true) });
  expect(await linesOf('logs/a.csv')).toHaveLength(4);
  await learn.fit(2, 1e-3, { cbs: csv(false) });
  expect(await linesOf('logs/a.csv')).toHaveLength(3);
  const elsewhere = join(path, 'elsewhere', 'b.csv');
  await learn.fit(1, 1e-3, { cbs: new CSVLogger({ fname: elsewhere }) });
  expect(await linesOf('elsewhere/b.csv')).toHaveLength(2);
  await writeFile(join(path, 'logs/a.csv'), '');
  await learn.fit(1, 1e-3, { cbs: csv(true) });
  expect(await linesOf('logs/a.csv')).toHaveLength(2);
});

test('a missing value is empty, and a name with a comma is quoted', async () => {
  class NoValidation extends Callback {
    override beforeValidate() {
      throw new CancelValid();
    }
  }
  const metrics = new AvgMetric(accuracy, { name: 'accuracy, "all"' });
  await smallLearner({ metrics, path, cbs: [new CSVLogger(), new NoValidation()] }).fit(1);
  const [head, row] = await linesOf('history.csv');
  expect(head).toBe('epoch,train_loss,valid_loss,"accuracy, ""all""",time');
  expect(row).toMatch(/^0,[\d.]+,,,\d\d:\d\d$/);
});

test('the losses of an epoch in which the fit is canceled are recorded', async () => {
  class Stop extends Callback {
    override order = 51;
    override afterBatch() {
      if (this.learn.trainIter === 6) throw new CancelFit();
    }
  }
  const [canceled, whole] = [smallLearner({ cbs: new Stop() }), smallLearner()];
  await canceled.fit(3);
  await whole.fit(2);
  expect(canceled.recorder.losses).toEqual(whole.recorder.losses.slice(0, 6));
  expect(canceled.recorder.lrs).toHaveLength(6);
});

test('the graph is drawn after each epoch, on axes for the whole fit', async () => {
  const figures: Figure[] = [];
  const graph = new ShowGraphCallback({ show: (figure) => figures.push(figure) });
  const learn = smallLearner({ cbs: graph });
  await learn.fit(5);
  await learn.validate();
  expect(figures).toHaveLength(5);
  expect(graph.figure).toBe(figures[4]);
  const [first, last] = [figures[0]!.svg(), figures[4]!.svg()];
  for (const svg of [first, last]) {
    for (const word of ['train', 'valid', '20']) expect(svg).toContain(`>${word}<`);
  }
});

test('the graph is written to a file by default', async () => {
  const learn = smallLearner({ path, cbs: new ShowGraphCallback() });
  await learn.fit(1);
  expect(await readFile(join(path, 'graph.svg'), 'utf8')).toContain('<svg');
  learn.removeCbs(Recorder).addCbs(new Recorder({ validMetrics: false }));
  await expect(learn.fit(1)).rejects.toThrow(LearnerError);
});
