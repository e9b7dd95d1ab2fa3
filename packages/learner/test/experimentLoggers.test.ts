import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors, hookOutput, type Sequential, setSeed } from '@fastts/core';
import { CategoryBlock, DataBlock, IndexSplitter, ItemError, TransformBlock } from '@fastts/data';
import { expectAllClose } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import {
  accuracy,
  Callback,
  CancelFit,
  CheckpointCallback,
  CrossEntropyLossFlat,
  Learner,
  SaveModelCallback,
  SGD,
  TensorBoardCallback,
  TensorBoardProjectorCallback,
  totalParams,
  WandbCallback,
  WandbRun,
} from '../src/index.js';
import { type Decoded, decode, eventsOf, wandbItems, wandbRecords } from './recordReader.js';
import { smallLearner, smallNetwork, training } from './smallNetwork.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A learner whose data can show images and classes. */
async function learner(): Promise<Learner> {
  const picture = new TransformBlock({
    kind: 'image',
    collate: (values: number[]) =>
      tf.tensor4d(
        values.flatMap((i) => training.train.x[i]!),
        [values.length, 6, 6, 3],
      ),
    show: () => ({ image: { data: new Uint8Array(108), width: 6, height: 6, channels: 3 } }),
  });
  const dls = await new DataBlock({
    blocks: [picture, CategoryBlock({ vocab: ['a', 'b', 'c', 'd', 'e'] })],
    getY: (i: number) => 'abcde'[training.train.y[i]!],
    splitter: new IndexSplitter([20, 21, 22, 23]),
  }).dataloaders([...training.train.y.keys()], { bs: 5 });
  const lossFunc = new CrossEntropyLossFlat();
  const learn = new Learner(dls, smallNetwork(training.start), {
    lossFunc,
    metrics: accuracy,
    optFunc: SGD,
    path: folder,
  });
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

/** The raw loss of each training batch. */
class Losses extends Callback {
  override runValid = false;
  readonly losses: number[] = [];
  override async afterBatch() {
    this.losses.push((await this.learn.loss.data())[0]!);
  }
}

async function scalars(logDir: string) {
  const [file] = await readdir(logDir);
  const found: Record<string, [step: number, value: number][]> = {};
  const pictures: { step: number; png: Buffer }[] = [];
  for (const event of (await eventsOf(join(logDir, file!))).slice(1)) {
    const value = event.inner(5).inner(1);
    const step = event.number(2);
    if (value.has(4)) pictures.push({ step, png: value.inner(4).bytes(4) });
    else {
      found[value.text(1)] ??= [];
      found[value.text(1)]!.push([step, value.number(2)]);
    }
  }
  return { found, pictures };
}

test('TensorBoard receives losses and hyperparameters per batch, and metrics and images per epoch', async () => {
  const logged = await learner();
  const before = tf.memory().numTensors;
  await logged.fit(3, 0.1, { cbs: new TensorBoardCallback({ logDir: folder, nPreds: 3 }) });
  logged.opt.clearState();
  expect(tf.memory().numTensors).toBe(before);
  const { found, pictures } = await scalars(folder);
  expect(Object.keys(found).sort()).toEqual([
    'accuracy',
    'lr_0',
    'mom_0',
    'train_loss',
    'valid_loss',
    'wd_0',
  ]);
  expect(found.train_loss).toEqual(logged.recorder.losses.map((loss, i) => [i + 1, Math.fround(loss)]));
  expect(found.lr_0).toEqual(logged.recorder.losses.map((_, i) => [i + 1, Math.fround(0.1)]));
  expect(found.valid_loss).toEqual(
    logged.recorder.values.map(([, loss], i) => [4 * i + 4, Math.fround(loss!)]),
  );
  expect(pictures.map(({ step }) => step)).toEqual([4, 8, 12]);
  expect((await sharp(pictures[0]!.png).metadata()).width).toBeGreaterThan(100);
});

test('data that cannot be shown is logged without images, and a validation is not logged', async () => {
  const learn = smallLearner({ cbs: new TensorBoardCallback({ logDir: folder }) });
  await learn.fit(1);
  await learn.validate();
  expect(await readdir(folder)).toHaveLength(1);
  const { found, pictures } = await scalars(folder);
  expect(found.train_loss).toHaveLength(4);
  expect(pictures).toEqual([]);
});

test('validation items that cannot be loaded, or an empty validation set, do not end a fit', async () => {
  const picture = new TransformBlock({
    kind: 'image',
    collate: (values: number[]) => tf.zeros([values.length, 6, 6, 3]),
    show: () => ({ image: { data: new Uint8Array(108), width: 6, height: 6, channels: 3 } }),
  });
  for (const [valid, shown] of [
    [[20, 21, 22, 23], 3],
    [[], 0],
  ] as const) {
    const dls = await new DataBlock({
      getX: (i: number) => {
        if (i === 21) throw new ItemError('Picture 21 is damaged');
        return i;
      },
      blocks: [picture, CategoryBlock({ vocab: ['a', 'b', 'c', 'd', 'e'] })],
      getY: (i: number) => 'abcde'[training.train.y[i]!],
      splitter: new IndexSplitter(valid),
    }).dataloaders(
      [...training.train.y.keys()].filter((i) => i !== 21 || valid.length > 0),
      { bs: 5 },
    );
    const run = await WandbRun.init({ dir: folder });
    const logDir = join(folder, `logs${shown}`);
    const learn = new Learner(dls, smallNetwork(training.start), { lossFunc: new CrossEntropyLossFlat() });
    const cbs = [new WandbCallback(run), new TensorBoardCallback({ logDir })];
    await learn.noLogging(() => learn.noBar(() => learn.fit(1, 0.1, { cbs })));
    await run.finish();
    const { rows } = await loggedBy(run);
    const tables = rows.flatMap(({ Prediction_Samples: table }) => (table ? [table] : []));
    expect(tables).toEqual(shown > 0 ? [expect.objectContaining({ nrows: shown })] : []);
    expect((await scalars(logDir)).pictures).toHaveLength(shown > 0 ? 1 : 0);
    learn.dispose();
  }
});

test('the projector receives features, images and classes of the validation set at each validation', async () => {
  const learn = await learner();
  const layer = (learn.model as Sequential).at(4);
  await learn.fit(1, 0.1);
  const before = tf.memory().numTensors;
  const cbs = new TensorBoardCallback({ logDir: folder, logPreds: false, projector: true, layer });
  await learn.fit(2, 0.1, { cbs });
  expect(tf.memory().numTensors).toBe(before);
  const read = (file: string) => readFile(join(folder, file), 'utf8');
  const names = training.train.y.slice(20).map((y) => 'abcde'[y]);
  expect((await read('00004/default/metadata.tsv')).trim().split('\n')).toEqual(names);
  const rows = (await read('00008/default/tensors.tsv')).trim().split('\n');
  const hook = hookOutput(layer);
  const [x] = await learn.dls.valid.oneBatch();
  learn.model.eval();
  tf.dispose(tf.tidy(() => learn.model.forward(x)));
  const features = (await hook.stored!.array()) as number[][];
  hook.dispose();
  expectAllClose(
    rows.map((row) => row.split('\t').map(Number)),
    features,
    { rtol: 1e-4, atol: 1e-5 },
  );
  const { width, height } = await sharp(await readFile(join(folder, '00008/default/sprite.png'))).metadata();
  expect([width, height]).toEqual([12, 12]);
  expect((await read('projector_config.pbtxt')).match(/tensor_name/g)).toHaveLength(2);
});

test('TensorBoardProjectorCallback writes predictions outside of a fit, but not a fit', async () => {
  const learn = await learner();
  const layer = (learn.model as Sequential).at(4);
  const cbs = new TensorBoardProjectorCallback({ logDir: folder, layer });
  await learn.fit(1, 0.1, { cbs });
  expect(await readdir(folder)).toEqual([]);
  tf.dispose(await learn.getPreds({ split: 'train', cbs }));
  const rows = await readFile(join(folder, '00000/default/tensors.tsv'), 'utf8');
  expect(rows.trim().split('\n')).toHaveLength(20);
  const headless = learn.getPreds({ cbs: new TensorBoardProjectorCallback({ logDir: folder }) });
  await expect(headless).rejects.toThrow(/second layer of a model's head.*set layer/);
});

test('a fit that ends early is logged up to that point', async () => {
  class Stop extends Callback {
    override order = 99;
    override afterBatch() {
      if (this.learn.trainIter === 3) throw new CancelFit();
    }
  }
  await smallLearner({ cbs: [new TensorBoardCallback({ logDir: folder }), new Stop()] }).fit(1);
  const { found } = await scalars(folder);
  expect(found.train_loss!.map(([step]) => step)).toEqual([1, 2, 3]);
});

test('metrics of an epoch are logged even if the fit ends while its images are predicted', async () => {
  class Stop extends Callback {
    private passes = 0;
    override beforeValidate() {
      if (this.passes++ === 1) throw new CancelFit();
    }
  }
  const learn = await learner();
  const cbs = [new TensorBoardCallback({ logDir: folder, nPreds: 3 }), new Stop()];
  await learn.fit(1, 0.1, { cbs });
  const { found, pictures } = await scalars(folder);
  expect(found.valid_loss).toHaveLength(1);
  expect(pictures).toEqual([]);
});

test('W&B receives one row per batch, with metrics in the last one of an epoch, over several fits', async () => {
  const run = await WandbRun.init({ dir: folder });
  const losses = new Losses();
  const learn = await learner();
  learn.addCbs([losses, new WandbCallback(run, { nPreds: 4 })]);
  await learn.fit(2, 0.1);
  await learn.validate();
  const smooth = [...learn.recorder.losses];
  await learn.fit(1, 0.1);
  smooth.push(...learn.recorder.losses);
  await run.finish();
  const records = await wandbRecords(join(run.dir, `run-${run.id}.wandb`));
  const rows = records
    .filter((record) => record.has(2))
    .map((record) => {
      const items = Object.entries(wandbItems(record.inner(2)));
      return Object.fromEntries(items.map(([name, json]): [string, unknown] => [name, JSON.parse(json)]));
    });
  expect(rows.map((row) => row._step)).toEqual([...Array(12).keys()]);
  expect(rows.map((row) => row.epoch)).toEqual(Array.from({ length: 12 }, (_, i) => (i + 1) / 4));
  rows.forEach((row, i) => {
    expect(row.raw_loss).toBeCloseTo(losses.losses[i]!, 5);
    expect(row.train_loss).toBeCloseTo(smooth[i]!, 5);
    expect(row.lr_0).toBe(0.1);
    expect(row.train_samples_per_sec).toBeGreaterThan(0);
    expect('valid_loss' in row && 'accuracy' in row).toBe(i % 4 === 3);
    expect('Prediction_Samples' in row).toBe(i === 7 || i === 11);
  });
  const { path, ncols, nrows } = rows[11]!.Prediction_Samples as {
    path: string;
    ncols: number;
    nrows: number;
  };
  expect([ncols, nrows]).toEqual([3, 4]);
  const table = JSON.parse(await readFile(join(run.dir, 'files', path), 'utf8'));
  expect(table.columns).toEqual(['Input image', 'Ground_Truth', 'Predictions']);
  const truths = training.train.y.slice(20).map((y) => 'abcde'[y]);
  expect(table.data.map((row: string[]) => row[1])).toEqual(truths);
  expect(table.data.every(([, , guess]: string[]) => 'abcde'.includes(guess!))).toBe(true);
});

/** The rows, the configuration and the artifacts of a W&B run. */
async function loggedBy(run: WandbRun) {
  const records = await wandbRecords(join(run.dir, `run-${run.id}.wandb`));
  const parsed = (content: Decoded) =>
    Object.fromEntries(
      Object.entries(wandbItems(content)).map(([name, json]): [string, unknown] => [name, JSON.parse(json)]),
    );
  const of = (field: number) =>
    records.filter((record) => record.has(field)).map((record) => record.inner(field));
  return {
    rows: of(2).map(parsed),
    config: Object.assign({}, ...of(5).map(parsed)) as Record<string, unknown>,
    artifacts: of(8),
  };
}

test('W&B receives the configuration: hyperparameters, network and data', async () => {
  const run = await WandbRun.init({ dir: folder });
  const learn = await learner();
  await learn.fit(1, 0.1, { cbs: new WandbCallback(run, { logPreds: false }) });
  await run.finish();
  const { config } = await loggedBy(run);
  expect(config).toMatchObject({
    epochs: 1,
    lr: 0.1,
    'loss function': 'CrossEntropyLossFlat',
    optimizer: 'SGD',
    architecture: { $new: 'Sequential' },
    'batch size': 5,
    'batch per epoch': 4,
    'input 1 shape': [5, 6, 6, 3],
    'train items': 20,
    'valid items': 4,
    classes: 5,
    vocab: ['a', 'b', 'c', 'd', 'e'],
    'dataset.blocks': ['image', 'category'],
    'dls.after_item': [],
    frozen: false,
  });
  expect(config['model parameters']).toBe(totalParams(learn.model).total);
  expect(config.callbacks).toContain('WandbCallback');
});

test('W&B receives the best model as an artifact, or the last one', async () => {
  const saved = async (cbs: Callback[], modelName?: string) => {
    const run = await WandbRun.init({ dir: folder });
    const learn = await learner();
    await learn.fit(2, 0.1, {
      cbs: [...cbs, new WandbCallback(run, { logPreds: false, logModel: true, modelName })],
    });
    await run.finish();
    const { rows, artifacts } = await loggedBy(run);
    const [artifact, ...others] = artifacts;
    expect(others).toHaveLength(0);
    const [file] = artifact!.inner(12).all(4).map(decode);
    const { tensors } = decodeSafetensors(await readFile(file!.text(6)));
    const state = learn.model.stateDict();
    const values = (found: ReadonlyMap<string, tf.Tensor>) =>
      Object.fromEntries([...found].map(([name, value]) => [name, [...value.dataSync()]]));
    expect(values(tensors)).toEqual(values(state));
    tf.dispose([...tensors.values(), ...state.values()]);
    const losses = rows.flatMap(({ valid_loss: loss }) => (typeof loss === 'number' ? [loss] : []));
    return {
      losses,
      names: [artifact!.text(5), file!.text(1)],
      aliases: artifact!.all(11).map(String),
      metadata: JSON.parse(artifact!.text(8)),
    };
  };
  const best = await saved([new SaveModelCallback({ fname: 'small' })]);
  expect(best.names).toEqual(['small', 'small.safetensors']);
  expect(best.aliases).toEqual(['latest', 'best']);
  expect(best.metadata).toEqual({ valid_loss: expect.closeTo(Math.min(...best.losses), 5) });
  const last = await saved([new SaveModelCallback({ atEnd: true })]);
  expect([last.names[0], ...last.aliases]).toEqual(['model', 'latest']);
  const without = await saved([], 'mine');
  expect([without.names[1], ...without.aliases]).toEqual(['mine.safetensors', 'latest']);
  expect(without.metadata).toEqual({ valid_loss: without.losses[1], accuracy: expect.any(Number) });
});

test('a fit that is resumed continues its W&B run, without a gap or a row twice', async () => {
  class Crash extends Callback {
    override order = 2000;
    override afterBatch() {
      if (this.learn.trainIter === 7) throw new Error('the machine stopped');
    }
  }
  const fit = async (run: WandbRun, cbs: Callback[] = [], resume?: string) => {
    setSeed(2);
    const learn = await learner();
    const checkpoints = new CheckpointCallback(`${run.dir}/../../checkpoints`, { everyBatches: 3 });
    await learn.fit(3, 0.1, { cbs: [checkpoints, new WandbCallback(run, { nPreds: 4 }), ...cbs], resume });
    await run.finish();
  };
  const whole = await WandbRun.init({ dir: join(folder, 'whole') });
  await fit(whole);
  const dir = join(folder, 'resumed');
  const first = await WandbRun.init({ dir });
  await expect(fit(first, [new Crash()])).rejects.toThrow('the machine stopped');
  const second = await WandbRun.init({ dir });
  await fit(second, [], join(dir, 'checkpoints'));
  expect(second.id).toBe(first.id);
  expect(await readdir(join(dir, 'wandb'))).toHaveLength(1);
  const numbers = async (run: WandbRun) =>
    (await loggedBy(run)).rows.map(({ _step, epoch, raw_loss, valid_loss, accuracy: right }) => [
      _step,
      epoch,
      raw_loss,
      valid_loss,
      right,
    ]);
  const rows = await numbers(second);
  expect(rows.map(([step]) => step)).toEqual([...Array(12).keys()]);
  expect(rows).toEqual(await numbers(whole));
});
