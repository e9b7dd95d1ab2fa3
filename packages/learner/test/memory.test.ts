import * as tf from '@tensorflow/tfjs-core';
import { accuracy, Callback, type EventName, events, MixUpCB, ProgressiveResize } from '../src/index.js';
import { smallLearner } from './smallNetwork.js';

class Failure extends Error {}

class Fail extends Callback {
  override order = 100;
  constructor(event: EventName) {
    super();
    this[event] = () => {
      if (this.learn.trainIter >= 2) throw new Failure();
    };
  }
}

test('fits, validations and predictions leave no tensors except those returned', async () => {
  const learn = smallLearner({ metrics: accuracy, cbs: [new MixUpCB(), new ProgressiveResize()] });
  await learn.fitOneCycle(1);
  const before = tf.memory().numTensors;
  await learn.fitOneCycle(3);
  expect(tf.memory().numTensors).toBe(before);
  await learn.validate();
  expect(tf.memory().numTensors).toBe(before);
  const preds = await learn.getPreds({ withInput: true, withDecoded: true, withLoss: true });
  expect(preds).toHaveLength(5);
  expect(tf.memory().numTensors).toBe(before + 5);
  tf.dispose(preds);
  expect(tf.memory().numTensors).toBe(before);
});

test('prediction, loss and batch can be read until the batch ends', async () => {
  class Look extends Callback {
    readonly seen: boolean[] = [];
    private pred = new Float32Array();

    override afterPred = () => {
      this.pred = this.learn.pred.dataSync().slice() as Float32Array<ArrayBuffer>;
    };

    override afterBatch = () => {
      const { pred, loss, x, y } = this.learn;
      expect(pred.dataSync()).toEqual(this.pred);
      for (const tensor of [loss, x as tf.Tensor, y as tf.Tensor])
        this.seen.push(tensor.dataSync().length > 0);
    };
  }
  const look = new Look();
  await smallLearner({ cbs: [look, new MixUpCB()] }).fit(1);
  expect(look.seen.length).toBeGreaterThan(3);
  expect(look.seen.every(Boolean)).toBe(true);
});

const failing = events.filter((event) => !/afterCreate|Cancel|afterFit|beforeFit|beforeEpoch/.test(event));

test.each(failing)('an error in %s leaks no tensor, and changes are reverted', async (event) => {
  const learn = smallLearner({ metrics: accuracy, cbs: new MixUpCB() });
  const { lossFunc } = learn;
  await learn.fit(1);
  const before = tf.memory().numTensors;
  await expect(learn.fit(2, 1e-3, { cbs: new Fail(event) })).rejects.toThrow(Failure);
  expect(tf.memory().numTensors).toBe(before);
  expect(learn.lossFunc).toBe(lossFunc);
  await learn.fit(1);
  expect(tf.memory().numTensors).toBe(before);
});

test("a new optimizer frees the old one's state", async () => {
  const learn = smallLearner();
  await learn.fit(1);
  const before = tf.memory().numTensors;
  await learn.fit(1, 1e-3, { resetOpt: true });
  expect(tf.memory().numTensors).toBe(before);
  learn.opt.clearState();
  expect(tf.memory().numTensors).toBe(before - 2 * learn.model.parameters().length);
});
