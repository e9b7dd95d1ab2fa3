import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Linear, type Module, setSeed } from '@fastts/core';
import { CategoryBlock, DataBlock, IndexSplitter } from '@fastts/data';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  Callback,
  CheckpointCallback,
  EarlyStoppingCallback,
  Learner,
  loadLearner,
  NonFiniteError,
  ReduceLROnPlateau,
  SaveModelCallback,
  TerminateOnNaNCallback,
} from '../src/index.js';
import { learner, logged, model, type Row, RowBlock, rows } from './rowLearner.js';
import { stateOf } from './smallNetwork.js';

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

const getX = (row: Row) => row.x;

let path: string;
beforeAll(() => setSeed(1));
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(path, { recursive: true }));

/** A classifier of rows. */
async function classifier() {
  const block = new DataBlock({
    blocks: [RowBlock(), CategoryBlock({ vocab: ['a', 'b', 'c'] })],
    getX,
    getY: () => 'b',
    splitter: new IndexSplitter([20, 21, 22, 23]),
  });
  const dls = await block.dataloaders(rows(), { bs: 4 });
  const learn = new Learner(dls, new Linear(2, 3), { path });
  learn.showBar = false;
  learn.logger = null;
  return learn;
}

/** Sets a weight. */
function spoil({ model }: Learner<tf.Tensor>, value: number) {
  const { value: weights } = model.parameters()[0]!;
  const values = weights.dataSync();
  values[1] = value;
  weights.assign(tf.tensor(values, weights.shape));
}

eachEngine(
  () => {
    test.each([nan, infinity])('a model with a weight of %p does not predict', async (value) => {
      const learn = await classifier();
      const [row, other] = rows() as [Row, Row];
      expect((await learn.predict(row))[0]).toMatch(/[abc]/);
      spoil(learn, value);
      const before = tf.memory().numTensors;
      await expect(learn.predict({ ...row, x: [1, 1] })).rejects.toThrow(NonFiniteError);
      await expect(learn.predictBatch([row, other])).rejects.toThrow(
        /^The model's output for item 0, r0(; item 1, r1)? has the value NaN, so there is no prediction\. The model has weights that are NaN or infinite \(weight\): load weights/,
      );
      expect(tf.memory().numTensors).toBe(before);
    });

    test('an input that is not finite is named by the item', async () => {
      const learn = await classifier();
      const [row] = rows({ 0: { name: 'odd', x: [nan, 1] } });
      await expect(learn.predict(row)).rejects.toThrow(
        /^The model's output for item 0, odd has the value NaN, so there is no prediction\. The input of item 0, odd has the value NaN: /,
      );
    });

    test('predictions of a set are returned, and the number of those that are not finite is logged', async () => {
      const learn = await learner(rows({ 21: { x: [0, nan] }, 23: { x: [infinity, 1] } }), new Linear(2, 1));
      const line = expect.stringMatching(
        /^2 of 4 predictions are not finite: the first is in row 1, with the value NaN\.$/,
      );
      expect(await logged(async () => tf.dispose(await learn.getPreds()))).toEqual([line]);
      expect(await logged(async () => tf.dispose(await learn.tta({ n: 2 })))).toEqual([line]);
      learn.model.parameters()[0]!.value.assign(tf.fill([1, 2], nan));
      expect(await logged(async () => tf.dispose(await learn.getPreds()))).toEqual([
        '4 of 4 predictions are not finite: the first is in row 0, with the value NaN. The model has weights that are NaN or infinite (weight): load weights that were saved before, or create a new model.',
      ]);
    });

    test('a model with NaN is not exported, but can be saved, which is logged', async () => {
      const learn = await classifier();
      await logged(() => learn.export('good')); // logs that getX is not saved
      spoil(learn, nan);
      const before = tf.memory().numTensors;
      for (const work of [() => learn.export('bad'), () => learn.exportBlob()]) {
        await expect(work()).rejects.toThrow(NonFiniteError);
        await expect(work()).rejects.toThrow(
          'The model has weights that are NaN or infinite (weight): load weights that were saved before, or create a new model. It was not exported; learn.save keeps it for debugging.',
        );
      }
      expect(await readdir(path)).toEqual(['good.safetensors']);
      expect(await logged(() => learn.save('bad'))).toEqual([
        `${path}/models/bad.safetensors was saved with weights that are NaN or infinite: weight.`,
      ]);
      expect(tf.memory().numTensors).toBe(before);
      const loaded = await loadLearner(join(path, 'good.safetensors'));
      expect((await loaded.predict(rows()[0]!.x))[2]).toHaveLength(3);
    });
  },
  { also: ['wasm'] },
);

/** A loss of validation that is NaN in some epochs, as if it had been computed. */
class LossOf extends Callback {
  override order = 55; // between the Recorder and the trackers
  constructor(private readonly values: readonly number[]) {
    super();
  }
  override afterEpoch() {
    this.learn.recorder.finalRecord[1] = this.values[this.learn.epoch]!;
  }
}

test('trackers log a value that is not finite, and count it as no improvement', async () => {
  const values = [3, nan, nan, 2, infinity];
  const save = new SaveModelCallback({ fname: join(path, 'best') });
  const reduce = new ReduceLROnPlateau({ patience: 2 });
  const learn = await learner(rows(), new Linear(2, 1), [new LossOf(values), save, reduce]);
  const lines = await logged(() => learn.fit(5, 0.01));
  const counts = 'which counts as no improvement, as in the epochs after it until it is finite.';
  expect(lines).toEqual([
    expect.stringContaining('Epoch 0: saved the model'),
    `SaveModelCallback: valid_loss is NaN in epoch 1, ${counts}`,
    `ReduceLROnPlateau: valid_loss is NaN in epoch 1, ${counts}`,
    'Epoch 2: reduced the learning rate to 0.001.',
    expect.stringContaining('Epoch 3: saved the model'),
    `SaveModelCallback: valid_loss is Infinity in epoch 4, ${counts}`,
    `ReduceLROnPlateau: valid_loss is Infinity in epoch 4, ${counts}`,
  ]);
  expect(save.best).toBe(2);
});

test('early stopping counts epochs whose value is NaN', async () => {
  const cbs = [new LossOf([3, nan, nan, 2]), new EarlyStoppingCallback({ patience: 2 })];
  const learn = await learner(rows(), new Linear(2, 1), cbs);
  const lines = await logged(() => learn.fit(4, 0.01));
  expect(lines).toEqual([
    expect.stringContaining(
      'EarlyStoppingCallback: valid_loss is NaN in epoch 1, which counts as no improvement',
    ),
    'valid_loss has not improved since epoch 0: stopping early.',
  ]);
});

test('a fit that a NaN stopped goes on from its checkpoint once the item is repaired', async () => {
  const fit = async (items: Row[], resume?: string) => {
    const learn = await learner(items, seeded());
    const cbs = resume ? new CheckpointCallback(resume, { everyBatches: 1 }) : [];
    await logged(() => learn.fit(2, 0.01, { cbs, resume }));
    return { state: await stateOf(learn.model), stopped: learn.cb(TerminateOnNaNCallback)!.stopped };
  };
  const checkpoints = join(path, 'run');
  expect((await fit(rows({ 9: { x: [nan, 1] } }), checkpoints)).stopped).toMatchObject({ batch: 3 });
  const resumed = await fit(rows(), checkpoints);
  expect(resumed).toEqual({ state: (await fit(rows())).state, stopped: null });
});

/** The same network each time. */
function seeded(): Module {
  setSeed(3);
  return model().materialize();
}
