import {
  ArgumentError,
  BatchNorm2d,
  Conv2d,
  ensureEngine,
  Linear,
  Sequential,
  setProgressSink,
} from '@fastts/core';
import type { Batch } from '@fastts/data';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import {
  AvgMetric,
  accuracy,
  BalancedAccuracy,
  Callback,
  CrossEntropyLossFlat,
  DiceLoss,
  errorRate,
  F1Score,
  FocalLoss,
  GradientAccumulation,
  LabelSmoothingCrossEntropy,
  Learner,
  LearnerError,
  type LearnerOptions,
  type Loss,
  MixUpCB,
  normAndBiasParameters,
  OutputMismatchError,
  Recorder,
  slice,
  TrainEvalCallback,
  topKAccuracy,
} from '../src/index.js';
import {
  Batches,
  groups,
  type SmallLearner,
  smallData,
  smallLearner,
  smallNetwork,
  training,
} from './smallNetwork.js';

async function written(work: () => Promise<unknown>): Promise<{ lines: string[]; bars: string[] }> {
  const seen = { lines: [] as string[], bars: [] as string[] };
  const before = setProgressSink({
    line: (text) => seen.lines.push(text),
    bar: ({ label = '', total }) => {
      seen.bars.push(`${label} of ${total}`);
      return { update() {}, stop: () => seen.bars.push('stopped') };
    },
  });
  await work().finally(() => setProgressSink(before));
  return seen;
}

const lossFunc = new CrossEntropyLossFlat();

// Starting the engine logs a line, which the tests below must not see.
beforeAll(() => ensureEngine());

function loud(): SmallLearner {
  return new Learner(smallData(), smallNetwork(training.start), { lossFunc, metrics: accuracy });
}

test('a fit writes the epoch table and draws one bar per pass', async () => {
  const { lines, bars } = await written(() => loud().fit(2));
  expect(lines[0]!.split(/\s+/)).toEqual(['epoch', 'train_loss', 'valid_loss', 'accuracy', 'time']);
  expect(lines.slice(1).map((line) => line.replace(/\d/g, '9'))).toEqual(
    Array(2).fill('9      9.999999    9.999999    9.999999    99:99'),
  );
  expect(lines[2]!.startsWith('1')).toBe(true);
  expect(bars).toEqual([
    'epoch 1/2 of 4',
    'stopped',
    'validation of 2',
    'stopped',
    'epoch 2/2 of 4',
    'stopped',
    'validation of 2',
    'stopped',
  ]);
});

test('a column of the table is as wide as its name, and holds the value of metrics over the whole set', async () => {
  const metrics = [new BalancedAccuracy(), new F1Score({ average: 'macro' })];
  const learn = new Learner(smallData(), smallNetwork(training.start), { lossFunc, metrics });
  await written(() => learn.fit(1));
  const before = tf.memory().numTensors;
  const { lines } = await written(() => learn.fit(1));
  expect(tf.memory().numTensors).toBe(before);
  const [head, row] = lines as [string, string];
  for (const name of ['balancedAccuracyScore', 'f1Score', 'time']) {
    expect(row.slice(head.indexOf(` ${name}`)).slice(0, 4)).toMatch(/^ (0\.\d|\d\d:)/);
  }
  const [preds, targs] = await learn.getPreds();
  const again = await new F1Score({ average: 'macro' }).compute(tf.argMax(preds, 1), targs);
  expect(learn.recorder.finalRecord.at(-1)).toBe(again);
});

test('noBar and noLogging suppress output while their work runs', async () => {
  const learn = loud();
  const silent = await written(() => learn.noBar(() => learn.noLogging(() => learn.fit(1))));
  expect(silent).toEqual({ lines: [], bars: [] });
  const validated = await written(() => learn.validate());
  expect(validated.lines).toEqual([]);
  expect((await written(() => learn.fit(1))).lines).toHaveLength(2);
});

test('callbacks can be removed temporarily, by instance or by class, and are restored also after an error', async () => {
  const learn = smallLearner({ cbs: new MixUpCB() });
  const kinds = () => learn.cbs.map((callback) => callback.constructor.name);
  const before = kinds();
  const [mixUp] = learn.cbs.slice(-1);
  for (const which of [MixUpCB, mixUp!]) {
    await expect(
      learn.removedCbs(which, async () => {
        expect(kinds()).toEqual(before.slice(0, -1));
        throw new Error('stop');
      }),
    ).rejects.toThrow('stop');
    expect(kinds()).toEqual(before);
  }
  await learn.addedCbs(new MixUpCB(), async () => expect(kinds()).toHaveLength(before.length + 1));
  expect(kinds()).toEqual(before);
});

test('lossNotReduced makes the loss return one value per item while its work runs', async () => {
  const learn = smallLearner();
  const shapes: number[][] = [];
  class Look extends Callback {
    override afterBatch() {
      shapes.push(this.learn.loss.shape);
    }
  }
  const look = new Look();
  await learn.lossNotReduced(() => learn.validate({ cbs: look }));
  await learn.validate({ cbs: look });
  expect(shapes).toEqual([[6], [3], [], []]);
  learn.lossFunc = (pred) => pred;
  await expect(learn.lossNotReduced(async () => {})).rejects.toThrow(/lossNotReduced.*'reduction'/);
});

test('the bar is removed after an error', async () => {
  const learn = loud();
  const { bars } = await written(() =>
    learn
      .fit(1, 1e-3, {
        cbs: new (class extends TrainEvalCallback {
          override order = 99;
          override afterBatch() {
            throw new Error('stop');
          }
        })(),
      })
      .catch(() => {}),
  );
  expect(bars).toEqual(['epoch 1/1 of 4', 'stopped']);
});

test('every callback cleans up, also after one that removes itself, and the fit awaits them', async () => {
  const cleaned: string[] = [];
  class Once extends Callback {
    override cleanUp(): void {
      this.learn.removeCbs(this);
      cleaned.push('once');
    }
  }
  class Slow extends Callback {
    override async cleanUp(): Promise<void> {
      await new Promise((done) => setTimeout(done));
      cleaned.push('slow');
    }
  }
  const learn = smallLearner();
  learn.addCbs([new Once(), new Slow()]);
  await learn.fit(1);
  expect(cleaned).toEqual(['once', 'slow']);
});

test('the recorder can compute metrics on the training set, and a validation keeps its records', async () => {
  const learn = smallLearner({
    metrics: [accuracy, new AvgMetric((p, t) => topKAccuracy(p, t, { k: 2 }), { name: 'top2' })],
  });
  learn.removeCbs(Recorder).addCbs(new Recorder({ trainMetrics: true, addTime: false }));
  await learn.fit(2);
  const { recorder } = learn;
  expect(recorder.metricNames.join()).toBe(
    'epoch,train_loss,train_accuracy,train_top2,valid_loss,valid_accuracy,valid_top2',
  );
  expect(recorder.values.map((row) => row.length)).toEqual([6, 6]);
  expect(recorder.iters).toEqual([4, 8]);
  expect(recorder.lrs).toHaveLength(8);
  const [first, second] = recorder.values;
  expect(await learn.validate()).toEqual(second!.slice(3));
  expect(recorder.values).toEqual([first, second]);
  expect(recorder.losses).toHaveLength(8);
});

test('the loss and the schedules can be plotted', async () => {
  const learn = smallLearner();
  await learn.fitOneCycle(3, 1e-2);
  const loss = learn.recorder.plotLoss().svg();
  for (const word of ['learning curve', 'train', 'valid']) expect(loss).toContain(word);
  const marked = learn.recorder.plotLoss({ skipStart: 0, log: true, showEpochs: true }).svg();
  expect(marked.match(/<line[^>]*stroke-dasharray/g)).toHaveLength(3);
  // A short run is shown whole, with the validation loss of each epoch.
  const short = smallLearner();
  await short.fit(1);
  expect(short.recorder.plotLoss().svg()).toContain('valid');
  expect(short.recorder.plotLoss({ skipStart: 100 }).svg()).toContain('train');
  const schedule = learn.recorder.plotSched().svg();
  for (const word of ['lr', 'mom']) expect(schedule).toContain(word);
  expect(() => learn.recorder.plotSched(['eps'])).toThrow(LearnerError);
});

test.each<[unknown, RegExp]>([
  ['3e-3', /got '3e-3'/],
  [Number.NaN, /NaN/],
  [-1, /-1/],
  [0, / 0/],
  [slice(0, 1e-3), / 0/],
  [[], /empty/],
])('a learning rate of %p is an error before anything is trained', async (lr, message) => {
  const learn = smallLearner();
  await expect(learn.fit(1, lr as number)).rejects.toThrow(message);
  await expect(learn.fitOneCycle(1, lr as number)).rejects.toThrow(LearnerError);
  expect(() => smallLearner({ lr: lr as number })).toThrow(message);
});

test.each([1.5, -1, '2', Number.NaN])('%p epochs are an error', async (epochs) => {
  await expect(smallLearner().fit(epochs as number)).rejects.toThrow(ArgumentError);
  await expect(smallLearner().fineTune(epochs as number)).rejects.toThrow(String(epochs));
});

test('rates are one per parameter group, or one for all', async () => {
  const learn = smallLearner({ splitter: groups });
  await expect(learn.fit(1, [1e-3, 1e-2])).rejects.toThrow(/2 values.*3 parameter groups/);
  await learn.fit(1, [1e-4, 1e-3, 1e-2]);
  expect(learn.opt.hypers.map((h) => h.lr)).toEqual([1e-4, 1e-3, 1e-2]);
});

test('a model whose number of outputs is not the number of classes is an error that names both, and leaks no tensor', async () => {
  const learn = new Learner({ ...smallData(), c: 10 }, smallNetwork(training.start), { lossFunc });
  learn.logger = null;
  learn.showBar = false;
  const before = tf.memory().numTensors;
  await expect(learn.fit(1)).rejects.toThrow(OutputMismatchError);
  await expect(learn.validate()).rejects.toThrow(/5 outputs.*10 classes.*nOut: dls\.c/);
  await expect(learn.getPreds()).rejects.toThrow(OutputMismatchError);
  // Mixup replaces the loss, which determines the meaning of the outputs.
  await expect(learn.fit(1, 1e-3, { cbs: new MixUpCB() })).rejects.toThrow(OutputMismatchError);
  expect(tf.memory().numTensors).toBe(before);
});

test('class indices that the model does not predict are an error that names one, except for ignored ones', async () => {
  const learner = (y: number[], options: Partial<LearnerOptions> = {}) => {
    const batches = new Batches({ ...training.train, y }, 6);
    const learn = new Learner({ train: batches, valid: batches }, smallNetwork(training.start), {
      lossFunc,
      ...options,
    });
    learn.logger = null;
    learn.showBar = false;
    return learn;
  };
  const withLast = (last: number) => [...training.train.y.slice(0, -1), last];
  const all = learner(training.train.y.map((y) => y + 5));
  const before = tf.memory().numTensors;
  await expect(all.validate()).rejects.toThrow(/class index \d+.*5 classes, from 0 to 4.*ignoreIndex/);
  await expect(all.getPreds()).rejects.toThrow(LearnerError);
  expect(tf.memory().numTensors).toBe(before);
  await expect(learner(withLast(255)).fit(1)).rejects.toThrow(/class index 255/);
  await expect(learner(withLast(-1), { cbs: new MixUpCB() }).fit(1)).rejects.toThrow(/class index -1/);
  await expect(learner(withLast(5), { lossFunc: new FocalLoss() }).fit(1)).rejects.toThrow(LearnerError);
  await learner(withLast(255), { lossFunc: new CrossEntropyLossFlat({ ignoreIndex: 255 }) }).fit(1);
  await learner(withLast(-100), { lossFunc: new LabelSmoothingCrossEntropy() }).fit(1);
});

/** Batches of masks with one class index each. */
function pixelBatches(numbers: readonly number[], dtype: 'int32' | 'float32' = 'int32') {
  return {
    length: numbers.length,
    *[Symbol.iterator](): Generator<Batch<tf.Tensor, tf.Tensor>> {
      for (const number of numbers) yield [tf.ones([2, 3, 3, 1]), tf.fill([2, 3, 3], number, dtype)];
    },
  };
}

test('class indices are checked for every loss over classes, including custom ones', async () => {
  const pixels = pixelBatches([255]);
  const fit = (lossFunc: Loss) => {
    const learn = new Learner({ train: pixels, valid: pixels }, new Conv2d(1, 2, 1), { lossFunc });
    learn.logger = null;
    learn.showBar = false;
    return learn.fit(1);
  };
  await expect(fit(new DiceLoss())).rejects.toThrow(/class index 255/);
  const custom = { yInt: true, forward: (pred: tf.Tensor) => tf.mean(pred) };
  await expect(fit(custom)).rejects.toThrow(/class index 255/);
  await fit({ ...custom, ignoreIndex: 255 });
});

test('a batch whose targets are all ignored leaves the weights finite, and is reported once', async () => {
  const batches = pixelBatches([255, 1, 255]);
  const learn = new Learner({ train: batches, valid: batches }, new Conv2d(1, 2, 1), {
    lossFunc: new CrossEntropyLossFlat({ ignoreIndex: 255 }),
  });
  learn.logger = null;
  learn.showBar = false;
  const lines = await linesDuring(() => learn.fit(2));
  for (const { value } of learn.model.parameters()) {
    expect([...value.dataSync()].every(Number.isFinite)).toBe(true);
  }
  expect(lines.filter((line) => line.includes('ignored'))).toEqual([
    expect.stringMatching(/2 batches have only targets with the ignored class index 255/),
  ]);
});

test('a loss that ignores its reduction is an error if per-item losses are needed', async () => {
  const ignoring: Loss = { yInt: true, reduction: 'mean', forward: (pred) => tf.mean(pred) };
  const message = /reduction 'none' the loss returned shape \[\] for 6 items/;
  const learn = smallLearner({ lossFunc: ignoring });
  await expect(learn.getPreds({ withLoss: true })).rejects.toThrow(message);
  await expect(learn.fit(1, 1e-3, { cbs: new MixUpCB() })).rejects.toThrow(message);
});

test('metrics may be replaced between fits', async () => {
  const learn = smallLearner({ metrics: accuracy });
  await learn.fit(1);
  learn.metrics = [errorRate, new F1Score({ average: 'macro' })];
  await learn.fit(1);
  expect(learn.recorder.metricNames).toEqual([
    'epoch',
    'train_loss',
    'valid_loss',
    'errorRate',
    'f1Score',
    'time',
  ]);
  expect(learn.recorder.values.at(-1)).toHaveLength(4);
  learn.metrics = accuracy;
  expect(learn.metrics.map(({ name }) => name)).toEqual(['accuracy']);
});

test('a loss that is not a scalar, or does not depend on a parameter, is an error', async () => {
  const perItem = new CrossEntropyLossFlat({ reduction: 'none' });
  await expect(smallLearner({ lossFunc: perItem }).fit(1)).rejects.toThrow(/scalar.*\[6\]/);
  const constant = () => tf.scalar(1);
  await expect(smallLearner({ lossFunc: constant }).fit(1)).rejects.toThrow(/does not depend/);
});

test('what is not a metric is an error when it is set', () => {
  const learn = smallLearner();
  const given: [unknown, RegExp][] = [
    [null, /must be a function or an object .* got null: pass a metric, such as accuracy/],
    [[undefined], /got undefined/],
    ['accuracy', /got string/],
    [F1Score, /F1Score is a class: pass an object of it, new F1Score\(\)/],
  ];
  for (const [metrics, message] of given) {
    expect(() => Reflect.set(learn, 'metrics', metrics)).toThrow(LearnerError);
    expect(() => Reflect.set(learn, 'metrics', metrics)).toThrow(message);
  }
  expect(learn.metrics).toEqual([]);
});

test('two concurrent fits are an error', async () => {
  const learn = smallLearner();
  const first = learn.fit(1);
  await expect(learn.fit(1)).rejects.toThrow(/busy/);
  await first;
  await learn.fit(1);
});

test('the data can be replaced between fits', async () => {
  const learn = smallLearner();
  await learn.fit(1);
  learn.dls = smallData(3);
  await learn.fit(1);
  expect(learn.recorder.losses).toHaveLength(8);
  expect(learn.trainIter).toBe(8);
});

test('plain arrays of batches are accepted as data', async () => {
  const batches = async () => {
    const all = [];
    for await (const batch of new Batches(training.valid, 4)) all.push(batch);
    return all;
  };
  const learn = smallLearner();
  const [preds] = await learn.getPreds({ dl: await batches() });
  const [same] = await learn.getPreds();
  expect(await preds.array()).toEqual(await same.array());
});

test('targets that differ in number, such as boxes, are padded with zeros; other shapes must be equal', async () => {
  const learn = smallLearner({ lossFunc: () => tf.scalar(0) });
  const x = () => tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);
  const before = tf.memory().numTensors;
  const dl: Batch<tf.Tensor4D, tf.Tensor>[] = [
    [x(), tf.ones([2, 1, 4])],
    [x(), tf.ones([2, 3, 4])],
  ];
  const [preds, targs] = await learn.getPreds({ dl });
  expect(preds.shape[0]).toBe(4);
  expect(targs.shape).toEqual([4, 3, 4]);
  expect(await tf.sum(targs, [1, 2]).array()).toEqual([4, 4, 12, 12]);
  expect(await tf.sum(targs, [0, 2]).array()).toEqual([16, 8, 8]);
  const others: typeof dl = [
    [x(), tf.ones([2, 3, 4])],
    [x(), tf.ones([2, 5, 6])],
  ];
  await expect(learn.getPreds({ dl: others })).rejects.toThrow(
    /targets of two batches have shapes \[2,3,4\] and \[2,5,6\].*Resize/,
  );
  tf.dispose([preds, targs]);
  expect(tf.memory().numTensors).toBe(before + 2);
});

test('data without a kind of target needs a loss', () => {
  expect(() => new Learner(smallData(), smallNetwork(training.start))).toThrow(/pass lossFunc/);
});

test("a loss may be a plain function; predictions are then the model's raw outputs", async () => {
  const learn = smallLearner({ lossFunc: (pred, y) => lossFunc.forward(pred, y) });
  await learn.fit(1);
  const [preds] = await learn.getPreds({ act: (p) => tf.mul(p, 0) });
  expect(tf.max(preds).dataSync()[0]).toBeCloseTo(0);
  await expect(learn.getPreds({ withLoss: true })).rejects.toThrow(/withLoss.*reduction/);
});

test('norm layers and biases have no weight decay, and a fully frozen model cannot be trained', async () => {
  const model = new Sequential(new BatchNorm2d(3), new Linear(3, 5), new Linear(5, 2, { bias: false }));
  expect(normAndBiasParameters(model)).toHaveLength(3);
  expect(normAndBiasParameters(model, { bias: false })).toHaveLength(2);
  const learn = smallLearner({ trainBn: false });
  learn.freezeTo(1);
  await expect(learn.fit(1)).rejects.toThrow(/nothing to train.*unfreeze/);
});

test('an invalid group index or hyperparameter is an error', async () => {
  const learn = smallLearner();
  expect(() => learn.freezeTo(1.5)).toThrow('n must be an integer, got 1.5.');
  expect(() => learn.freezeTo(Number.NaN)).toThrow(ArgumentError);
  await expect(learn.fit(1, 0.1, { wd: Number.NaN })).rejects.toThrow('wd must be a number ≥ 0, got NaN.');
  await expect(learn.fitOneCycle(1, 0.1, { div: 0 })).rejects.toThrow('div must be a number > 0, got 0.');
});

test('a fit that cannot change the model is reported', async () => {
  const learn = smallLearner();
  const before = learn.model.parameters().map(({ value }) => [...value.dataSync()]);
  const lines = await linesDuring(() => learn.fit(1, 1, { cbs: new GradientAccumulation(10_000) }));
  expect(lines).toEqual([
    expect.stringMatching(/^GradientAccumulation\(10000\): the fit had only \d+ items, .*smaller nAcc/),
  ]);
  expect(learn.model.parameters().map(({ value }) => [...value.dataSync()])).toEqual(before);
  expect(await linesDuring(async () => learn.freezeTo(9))).toEqual([
    'freezeTo(9) freezes the whole model, which has 1 parameter group.',
  ]);
});

test('data without a validation set is an error before training', async () => {
  const { train } = smallData();
  const data = { train } as ReturnType<typeof smallData>;
  const learn = new Learner(data, smallNetwork(training.start), { lossFunc });
  const before = [...learn.model.parameters()[0]!.value.dataSync()];
  await expect(learn.fit(1)).rejects.toThrow(/no valid set: it needs a training and a validation loader/);
  expect([...learn.model.parameters()[0]!.value.dataSync()]).toEqual(before);
});

test('a fit that trains nothing says so', async () => {
  const learn = smallLearner();
  learn.logger = null;
  expect(await linesDuring(() => learn.fit(2, 0.1, { startEpoch: 2 }))).toEqual([
    'All 2 epochs are skipped, because the fit starts at epoch 2: set a smaller startEpoch.',
  ]);
  const none = { length: 0, async *[Symbol.asyncIterator]() {} };
  learn.dls = { train: none, valid: smallData(3).valid };
  expect(await linesDuring(() => learn.fit(1, 0.1))).toEqual([
    'The training data has no batches: nothing is trained in this epoch.',
  ]);
});

test('numbers that are not integers are an error where class indices are needed', async () => {
  const fit = (...numbers: number[]) => {
    const data = pixelBatches(numbers, 'float32');
    const lossFunc = new CrossEntropyLossFlat();
    const learn = new Learner({ train: data, valid: data }, new Conv2d(1, 2, 1), { lossFunc });
    learn.logger = null;
    learn.showBar = false;
    return learn.fit(1);
  };
  await fit(0, 1);
  for (const number of [1 / 255, Number.NaN]) {
    await expect(fit(number)).rejects.toThrow(/not integers.*from 0 to 1.*not divided by 255/);
    await expect(fit(1, number, 1)).rejects.toThrow(LearnerError);
  }
});

test('what is not a callback, and what a metric must not return, is an error that says so', async () => {
  const learn = smallLearner();
  learn.logger = null;
  const add = (cbs: unknown) => () => Reflect.apply(learn.addCbs, learn, [cbs]);
  expect(add(MixUpCB)).toThrow('got MixUpCB: pass new MixUpCB().');
  expect(add([null])).toThrow('A callback must be an object of a class derived from Callback, got null.');
  const returned: [unknown, RegExp][] = [
    [undefined, /The metric own must return a number or a scalar tensor for each batch, got undefined/],
    [Promise.resolve(1), /got object: return the mean over the items, not a promise of it/],
    [tf.zeros([6]), /got shape \[6\]/],
  ];
  for (const [value, message] of returned) {
    const own = () => value;
    Reflect.set(learn, 'metrics', [own]);
    await expect(learn.validate()).rejects.toThrow(message);
  }
});
