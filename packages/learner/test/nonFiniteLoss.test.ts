import { Lambda, Linear, Sequential, setSeed } from '@fastts/core';
import { CategoryBlock, DataBlock, IndexSplitter } from '@fastts/data';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  Callback,
  CancelBatch,
  CancelFit,
  GradientAccumulation,
  Learner,
  MixUpCB,
  RocAucBinary,
  TerminateOnNaNCallback,
} from '../src/index.js';
import { useDevice } from './device.js';
import { learner, logged, model, type Row, RowBlock, rows } from './rowLearner.js';
import { stateOf } from './smallNetwork.js';

/** The model's state after training batches, by their number, from 0. */
class States extends Callback {
  override order = 99;
  readonly after: Awaited<ReturnType<typeof stateOf>>[] = [];
  override async afterBatch() {
    if (this.learn.training) this.after.push(await stateOf(this.learn.model));
  }
}

const stoppedOf = (learn: { cb(kind: typeof TerminateOnNaNCallback): TerminateOnNaNCallback | undefined }) =>
  learn.cb(TerminateOnNaNCallback)!.stopped;

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

beforeEach(() => setSeed(1));

eachEngine(
  () => {
    test('an item with NaN stops the fit at its batch, which names it and leaves the model whole', async () => {
      const states = new States();
      const learn = await learner(rows({ 9: { x: [nan, 1] } }), model(), [states]);
      const lines = await logged(() => learn.fit(3, 0.01));
      expect(lines).toEqual([
        'Training stopped: the loss of batch 3 of 5 in epoch 0 is NaN, at a learning rate of 0.01. ' +
          'The input of item 9, r9 has the value NaN: repair or remove this item, or check the transforms. ' +
          'Items of the batch: item 8, r8; item 9, r9; item 10, r10; item 11, r11. The model keeps its weights from before this batch.',
      ]);
      expect(stoppedOf(learn)).toEqual({
        ...{ epoch: 0, batch: 3, loss: nan, lr: 0.01, message: lines[0] },
        items: ['item 8, r8', 'item 9, r9', 'item 10, r10', 'item 11, r11'],
      });
      // Neither the step nor the running statistics of batch 3.
      expect(states.after).toHaveLength(2);
      expect(await stateOf(learn.model)).toEqual(states.after[1]);
    });

    test('an infinite target and a blended item are named, too', async () => {
      const target = await learner(rows({ 5: { y: infinity } }));
      const [line] = await logged(() => target.fit(1, 0.01));
      expect(line).toMatch(
        /batch 2 of 5 .* is Infinity, .*The target of item 5, r5 has the value Infinity: repair/,
      );
      const mixed = await learner(rows({ 6: { x: [infinity, 1] } }), model(), [new MixUpCB()]);
      const [mixedLine] = await logged(() => mixed.fit(1, 0.01));
      expect(mixedLine).toContain(
        'The input of item 6, r6 has the value Infinity: repair or remove this item',
      );
    });

    test('divergence has advice, and the weights stay finite', async () => {
      const learn = await learner();
      const [line, ...others] = await logged(() => learn.fit(20, 1e6));
      expect(others).toEqual([]);
      expect(line).toMatch(
        /^Training stopped: the loss of batch \d of 5 in epoch \d+ is (NaN|Infinity), at a learning rate of 1000000\. Set a lower learning rate \(learn\.lrFind/,
      );
      expect(line).toMatch(
        /names the layer where it begins\. Items of the batch: .*The model keeps its weights/,
      );
      const values = learn.model.parameters().flatMap(({ value }) => [...value.dataSync()]);
      expect(values.every(Number.isFinite)).toBe(true);
      // The next fit can do it right.
      expect(await logged(() => learn.fit(0, 0.01))).toEqual([]);
      expect(stoppedOf(learn)).toBeNull();
    });

    test('weights that are NaN already are named, and a finite loss with a gradient that is not stops, too', async () => {
      const learn = await learner();
      learn.model.parameters()[0]!.value.assign(tf.fill([4, 2], nan));
      const [line] = await logged(() => learn.fit(1, 0.01));
      expect(line).toContain('The model has weights that are NaN or infinite (0.weight): load weights');
      expect(line).not.toContain('keeps');
      // The square root's gradient at 0 is infinite.
      const root = new Lambda((x) => tf.sqrt(tf.relu(tf.sub(x, 1e6))));
      const states = new States();
      const rooted = await learner(rows(), new Sequential(new Linear(2, 1), root), [states]);
      const before = await stateOf(rooted.model);
      const [rootLine] = await logged(() => rooted.fit(1, 0.01));
      expect(rootLine).toMatch(
        /batch 1 of 5 in epoch 0 is 0.5, but its gradient for 0\.weight is not finite/,
      );
      expect(await stateOf(rooted.model)).toEqual(before);
    });

    test('it stops with gradient accumulation, and a batch that another callback skips does not count', async () => {
      const accumulating = await learner(rows({ 1: { x: [nan, 0] } }), model(), [
        new GradientAccumulation(8),
      ]);
      expect(await logged(() => accumulating.fit(1, 0.01))).toHaveLength(1);
      expect(stoppedOf(accumulating)).toMatchObject({ batch: 1 });
      class Skip extends Callback {
        override afterLoss() {
          if (this.learn.training && this.learn.iter === 0) throw new CancelBatch();
        }
      }
      const skipping = await learner(rows({ 1: { x: [nan, 0] } }), new Linear(2, 1), [new Skip()]);
      expect(await logged(() => skipping.fit(2, 0.01))).toEqual([]);
      expect(skipping.recorder.values).toHaveLength(2);
    });

    test('fine-tuning does not go on with its second part', async () => {
      const learn = await learner(rows({ 9: { x: [nan, 1] } }));
      expect(await logged(() => learn.fineTune(2, 0.01))).toEqual([
        expect.stringMatching(/^Training stopped: the loss of batch 3 of 5 in epoch 0/),
      ]);
      expect(learn.nEpoch).toBe(1);
    });

    test('without the callback, training goes on', async () => {
      const learn = await learner(rows({ 9: { x: [nan, 1] } }));
      learn.removeCbs(TerminateOnNaNCallback);
      expect(await logged(() => learn.fit(2, 0.01))).toEqual([]);
      expect(learn.recorder.values.map(([loss]) => loss)).toEqual([nan, nan]);
    });

    test('a validation loss that is not finite is logged once, and does not stop the fit', async () => {
      const learn = await learner(rows({ 21: { x: [0, nan] } }));
      const lines = await logged(() => learn.fit(3, 0.01));
      expect(lines).toEqual([
        expect.stringMatching(
          /^The validation loss is not finite in 1 of 1 batches of epoch 0; the first is NaN, in batch 1\. The input of item 21, r21 has the value NaN: .* Items of the batch: item 20, r20; /,
        ),
      ]);
      expect(learn.recorder.values).toHaveLength(3);
    });

    test('the search for a learning rate diverges without advice, and nothing is left in memory', async () => {
      const learn = await learner();
      await learn.fit(1, 0.01);
      const before = tf.memory().numTensors;
      expect(await logged(() => learn.lrFind({ endLr: 1e30, stopDiv: false, numIt: 60 }))).toEqual([]);
      await learn.fit(20, 1e6);
      expect(stoppedOf(learn)).not.toBeNull();
      expect(tf.memory().numTensors).toBe(before);
    });
  },
  { also: ['wasm'] },
);

describe('on a device', () => {
  useDevice();

  test('the batch and its items are named when its loss is known', async () => {
    const learn = await learner(rows({ 9: { x: [nan, 1] } }));
    const before = tf.memory().numTensors;
    const [line, ...others] = await logged(() => learn.fit(3, 0.01));
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^Training stopped: the loss of batch 3 of 5 in epoch 0 is NaN, at a learning rate of 0.01\. The model has weights that are NaN or infinite \(0\.weight; .* and 5 more\): load .* Items of the batch: item 8, r8; item 9, r9; [^.]*\.$/,
    );
    expect(stoppedOf(learn)).toMatchObject({ epoch: 0, batch: 3 });
    expect(learn.recorder.values).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('so is a batch whose fit another callback has ended by then', async () => {
    class Stop extends Callback {
      override order = 90;
      override afterBatch() {
        if (this.learn.iter === 2) throw new CancelFit();
      }
    }
    const learn = await learner(rows({ 9: { x: [nan, 1] } }), model(), [new Stop()]);
    expect(await logged(() => learn.fit(1, 0.01))).toEqual([expect.stringContaining('batch 3 of 5')]);
  });

  test('validation losses are reported, and do not stop the fit', async () => {
    const learn = await learner(rows({ 21: { x: [0, nan] } }));
    expect(await logged(() => learn.fit(3, 0.01))).toEqual([
      'The validation loss is not finite in 1 of 1 batches of epoch 0; the first is NaN, in batch 1. Items of the batch: item 20, r20; item 21, r21; item 22, r22; item 23, r23.',
    ]);
    expect(learn.recorder.values).toHaveLength(3);
  });
});

test('a metric that is NaN for good reason does not stop a fit', async () => {
  const block = new DataBlock({
    blocks: [RowBlock(), CategoryBlock({ vocab: ['0', '1'] })],
    getX: (row: Row) => row.x,
    getY: () => '1',
    splitter: new IndexSplitter([20, 21, 22, 23]),
  });
  const dls = await block.dataloaders(rows(), { bs: 4 });
  const learn = new Learner(dls, new Linear(2, 2), { metrics: new RocAucBinary() });
  learn.showBar = false;
  learn.logger = null;
  expect(await logged(() => learn.fit(2, 0.01))).toEqual([]);
  expect(learn.recorder.values.map((values) => values[2])).toEqual([nan, nan]);
});
