import { BatchNorm1d, Lambda, Linear, Module, ReLU, Sequential, setSeed } from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import { AnomalyError, NonFiniteError, TerminateOnNaNCallback } from '../src/index.js';
import { useDevice } from './device.js';
import { learner, logged, model, rows } from './rowLearner.js';
import { stateOf } from './smallNetwork.js';

type Learn = Awaited<ReturnType<typeof learner>>;

/** The error of a fit. */
async function anomaly(learn: Learn, work = () => learn.fit(2, 0.01)): Promise<AnomalyError> {
  const error: unknown = await learn.detectAnomaly(work).then(
    () => null,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(AnomalyError);
  expect(error).toBeInstanceOf(NonFiniteError);
  return error as AnomalyError;
}

const log = () => new Lambda((x) => tf.log(x));
/** Its gradient at 0 is infinite. */
const root = () => new Lambda((x) => tf.sqrt(tf.relu(tf.sub(x, 1e6))));

/** A branch beside another, with an operation of its own between its modules. */
class Branches extends Module {
  readonly left = new Linear(2, 2);
  readonly right = new Sequential(new Linear(2, 2), new ReLU());
  forward(x: tf.Tensor): tf.Tensor {
    return tf.add(this.left.forward(x), this.right.forward(tf.log(tf.sub(x, 2))));
  }
}

beforeEach(() => setSeed(1));

function tests() {
  test('names the first layer whose output is not finite, and leaves the model as it was', async () => {
    const learn = await learner(
      rows(),
      new Sequential(new Linear(2, 4), new BatchNorm1d(4), log(), new Linear(4, 1)),
    );
    const before = await stateOf(learn.model);
    const tensors = tf.memory().numTensors;
    const error = await anomaly(learn);
    expect(error).toMatchObject({ phase: 'forward', layer: '2' });
    expect(error.message).toMatch(
      /^The output of layer '2' \(Lambda\) is the first that is not finite: shape \[4,4\], \d+ of 16 values are not finite, the first is NaN, the others are from \S+ to \S+ with a mean of \S+\. Its input is finite: shape \[4,4\], from -\S+ to \S+ with a mean of \S+\. This is batch 1 of 5 in epoch 0\. Items of the batch: item 0, r0; item 1, r1; item 2, r2; item 3, r3\.$/,
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await stateOf(learn.model)).toEqual(before);
    for (const module of learn.model.modules()) expect(Object.hasOwn(module, 'forward')).toBe(false);
  });

  test('names weights that are not finite, and operations between layers', async () => {
    const spoiled = await learner(rows(), model());
    spoiled.model
      .parameters()
      .at(-1)!
      .value.assign(tf.tensor1d([Number.NaN]));
    expect((await anomaly(spoiled)).message).toMatch(
      /^The output of layer '3' \(Linear\) is the first .* Its weights are not finite: bias\. This is/,
    );
    const between = await learner(rows(), new Sequential(new Branches(), new Linear(2, 1)));
    const error = await anomaly(between);
    expect(error).toMatchObject({ phase: 'forward', layer: '0.right.0' });
    expect(error.message).toMatch(
      /^The input of layer '0\.right\.0' \(Linear\) is not finite, while the outputs/,
    );
  });

  test('names the layer in whose backward pass it begins', async () => {
    const learn = await learner(
      rows(),
      new Sequential(new Linear(2, 4), new ReLU(), root(), new Linear(4, 1)),
    );
    const before = await stateOf(learn.model);
    const error = await anomaly(learn);
    expect(error).toMatchObject({ phase: 'backward', layer: '2' });
    expect(error.message).toMatch(
      /^All outputs and the loss are finite, but the gradient of the output of layer '1' \(ReLU\) is not: it begins in the backward pass of layer '2' \(Lambda\), whose output has a finite gradient\. The gradient: shape \[4,4\], 16 of 16 values are not finite, the first is NaN\. This is batch 1/,
    );
    expect(await stateOf(learn.model)).toEqual(before);
    // A single module has the gradient of its parameter only.
    const first = await learner(rows(), new Sequential(new Linear(2, 1), root()));
    expect(await anomaly(first)).toMatchObject({ phase: 'backward', layer: '1' });
  });

  test('names the batch itself, and the loss', async () => {
    const input = await anomaly(await learner(rows({ 9: { x: [Number.NaN, 1] } })));
    expect(input).toMatchObject({ phase: 'batch', layer: null });
    expect(input.message).toMatch(
      /^The input of item 9, r9 has the value NaN: .* This is batch 3 of 5 in epoch 0\. /,
    );
    const learn = await learner();
    learn.lossFunc = (pred) => tf.mean(tf.log(tf.mul(tf.square(pred), -1)));
    const loss = await anomaly(learn);
    expect(loss).toMatchObject({ phase: 'loss', layer: null });
    expect(loss.message).toMatch(
      /is not\. Predictions: shape \[4,1\], from .* Targets: shape \[4\], from 0 to 1 with a mean of 0\.5\./,
    );
    const gradient = await learner();
    gradient.lossFunc = (pred) => tf.mean(tf.sqrt(tf.relu(tf.sub(pred, 1e6))));
    expect((await anomaly(gradient)).message).toMatch(
      /the model \(Sequential\) is not: it begins in the loss \(/,
    );
  });

  test('works in validation and prediction, and not for what follows', async () => {
    const learn = await learner(rows(), new Sequential(new Linear(2, 2), log(), new Linear(2, 1)));
    learn.model.parameters()[0]!.value.assign(tf.fill([2, 2], -1));
    for (const work of [() => learn.validate(), () => learn.getPreds(), () => learn.predict(rows()[3])]) {
      expect(await anomaly(learn, async () => void (await work()))).toMatchObject({
        phase: 'forward',
        layer: '1',
      });
    }
    const [line] = await logged(() => learn.fit(1, 0.01));
    expect(line).toMatch(/^Training stopped: .* is NaN/);
  });
}

eachEngine(
  () => {
    tests();

    test('a fit without anomalies is as without the search', async () => {
      const [plain, examined] = [await learner(rows(), seeded()), await learner(rows(), seeded())];
      await plain.fit(2, 0.01);
      const result = await examined.detectAnomaly(() => examined.fit(2, 0.01).then(() => 'done'));
      expect(result).toBe('done');
      expect(await stateOf(examined.model)).toEqual(await stateOf(plain.model));
      expect(examined.cb(TerminateOnNaNCallback)!.stopped).toBeNull();
    });
  },
  { also: ['wasm'] },
);

function seeded(): Sequential {
  setSeed(3);
  return model().materialize() as Sequential;
}

describe('on a device', () => {
  useDevice();
  tests();
});
