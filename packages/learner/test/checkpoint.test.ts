import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchNorm2d,
  Conv2d,
  FileFormatError,
  Flatten,
  Linear,
  loadPth,
  loadSafetensors,
  Module,
  Sequential,
  ShapeError,
  saveSafetensors,
} from '@fastts/core';
import type { Batch } from '@fastts/data';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import {
  Adam,
  CrossEntropyLossFlat,
  Learner,
  type LearnerOptions,
  loadLearner,
  type OptFunc,
  QHAdam,
  RAdam,
  RMSProp,
  ranger,
  SGD,
} from '../src/index.js';
import { groups, smallData, smallLearner } from './smallNetwork.js';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'fastts-'));
});
afterEach(() => rm(path, { recursive: true }));

const learner = (options: Partial<LearnerOptions> = {}) => smallLearner({ path, ...options });

test.each<[string, OptFunc]>([
  ['Adam', Adam],
  ['RMSProp', (g, o) => RMSProp(g, { ...o, mom: 0.9 })],
  // Saved after 4 steps, between two updates of Lookahead.
  ['ranger', (g, o) => ranger(g, { ...o, k: 3 })],
])('training continues from a saved model and %s as if it had not been interrupted', async (_, optFunc) => {
  const straight = learner({ splitter: groups, optFunc });
  await straight.fit(1, 1e-2);
  const file = await straight.save('half');
  expect(file).toBe(`${path}/models/half.safetensors`);
  await straight.fit(1, 1e-2);

  const resumed = learner({ splitter: groups, optFunc });
  await resumed.fit(1, 1e-3);
  const before = tf.memory().numTensors;
  await resumed.load('half');
  expect(tf.memory().numTensors).toBe(before);
  await resumed.fit(1, 1e-2);
  expect(resumed.recorder.losses).toEqual(straight.recorder.losses);
  expect(await resumed.validate()).toEqual(await straight.validate());
});

test('the file has PyTorch names and layouts, and saving leaves no temporary file and leaks no tensor', async () => {
  const learn = learner();
  const before = tf.memory().numTensors;
  const file = await learn.save('deep/er');
  expect(tf.memory().numTensors).toBe(before);
  const { tensors } = await loadSafetensors(file);
  expect(tensors.get('0.weight')!.shape).toEqual([4, 3, 3, 3]);
  expect(tensors.has('1.running_mean')).toBe(true);
  expect(readdirSync(join(path, 'models', 'deep'))).toEqual(['er.safetensors']);
});

test('a model is loaded from a file without an optimizer, and a line is logged', async () => {
  const learn = learner();
  await learn.fit(1);
  await learn.save('bare', { withOpt: false });
  const other = learner();
  const lines = await linesDuring(() => other.load('bare'));
  expect(lines.join()).toMatch(/no optimizer state/);
  expect(await other.validate()).toEqual(await learn.validate());
});

test('a mismatched optimizer state is ignored, and the reason is logged', async () => {
  const learn = learner();
  await learn.fit(1);
  await learn.save('adam');
  const other = learner({ optFunc: SGD });
  const before = tf.memory().numTensors;
  const lines = await linesDuring(() => other.load('adam'));
  expect(lines.join()).toMatch(/Ignored.*another kind.*eps/);
  expect(tf.memory().numTensors).toBe(before);
  expect(await other.validate()).toEqual(await learn.validate());
});

test.each<[string, OptFunc, OptFunc, RegExp]>([
  ['SGD in SGD with momentum', SGD, (g, o) => SGD(g, { ...o, mom: 0.9 }), /does not have gradAvg/],
  ['RMSProp in Adam', RMSProp, Adam, /does not have gradAvg/],
  ['RAdam in ranger', RAdam, ranger, /does not have slow/],
  ['Adam in QHAdam', Adam, QHAdam, /kind: its hyperparameters are eps, lr, mom, sqrMom, wd/],
])(
  'the state of another kind of optimizer is ignored, and training continues: %s',
  async (_, one, another, why) => {
    const learn = learner({ optFunc: one });
    await learn.fit(1);
    await learn.save('one');
    const other = learner({ optFunc: another });
    const hypers = structuredClone(other.opt.hypers);
    expect((await linesDuring(() => other.load('one'))).join()).toMatch(why);
    expect(other.opt.hypers).toEqual(hypers);
    await other.fit(1);
    expect(other.recorder.losses.every(Number.isFinite)).toBe(true);
  },
);

test('a file of another model is an error that names the tensor, and nothing is changed', async () => {
  const model = new Sequential(
    new Conv2d(3, 4, 3, { bias: false }),
    new BatchNorm2d(4),
    new Flatten(),
    new Linear(64, 5),
  );
  const { lossFunc } = learner();
  await new Learner(smallData(), model, { lossFunc, path }).save('other', { withOpt: false });
  const learn = learner();
  const before = await learn.validate();
  await expect(learn.load('other')).rejects.toThrow(/missing 5.weight/);
  await expect(learn.load('other', { strict: false })).resolves.toBeUndefined();
  const wide = new Sequential(new Conv2d(3, 8, 3, { bias: false }));
  await new Learner(smallData(), wide, { lossFunc, path }).save('wide', { withOpt: false });
  const fresh = learner();
  await expect(fresh.load('wide', { strict: false })).rejects.toThrow(ShapeError);
  expect(await fresh.validate()).toEqual(before);
});

test('missing and damaged files are errors that name the path', async () => {
  const learn = learner();
  await expect(learn.load('nowhere')).rejects.toThrow(/nowhere\.safetensors/);
  const file = await learn.save('cut');
  writeFileSync(file, readFileSync(file).subarray(0, 300));
  await expect(learn.load('cut')).rejects.toThrow(FileFormatError);
  await expect(learn.load('cut')).rejects.toThrow(/cut\.safetensors/);
});

test('a model with a part named optimizer is saved and loaded completely', async () => {
  class Clash extends Module {
    optimizer = new Linear(4, 5);
    _optimizer = new Linear(5, 5);
    override forward(x: tf.Tensor): tf.Tensor {
      return this._optimizer.forward(this.optimizer.forward(x));
    }
  }
  const batches = {
    length: 1,
    *[Symbol.iterator](): Generator<Batch<tf.Tensor, tf.Tensor>> {
      yield [tf.randomNormal([3, 4]), tf.tensor1d([0, 4, 2], 'int32')];
    },
  };
  const made = () => {
    const learn = new Learner({ train: batches, valid: batches }, new Clash(), {
      lossFunc: new CrossEntropyLossFlat(),
      path,
    });
    learn.logger = null;
    learn.showBar = false;
    return learn;
  };
  const [learn, other] = [made(), made()];
  await learn.fit(1);
  await learn.save('clash');
  await other.load('clash');
  const values = ({ model, opt }: typeof learn) => [
    ...[...model.stateDict().values()].map((tensor) => [...tensor.dataSync()]),
    ...opt
      .stateDict()
      .parameters.map(({ step, tensors }) => [
        step,
        ...Object.values(tensors).flatMap((t) => [...t.dataSync()]),
      ]),
  ];
  expect(values(other)).toEqual(values(learn));
  expect(other.opt.stateDict().parameters[0]!.step).toBe(1);
});

test('tensors that do not match are logged by name, and it is an error if none does', async () => {
  const learn = smallLearner({ path });
  await learn.save('all', { withOpt: false });
  const lines = await linesDuring(async () => {
    const first = smallLearner({ path }).model.children()[0]![1];
    const part = new Learner(smallData(), new Sequential(first), {
      lossFunc: new CrossEntropyLossFlat(),
      path,
    });
    await part.load('all', { strict: false, withOpt: false });
  });
  expect(lines).toEqual([
    expect.stringMatching(/^Loaded \d+ tensors? from .*all\.safetensors\. Not in the model: \d+ \(/),
  ]);
  class Wrapped extends Module {
    net = smallLearner().model;
    override forward(x: tf.Tensor): tf.Tensor {
      return this.net.forward(x);
    }
  }
  const wrapped = new Learner(smallData(), new Wrapped(), { lossFunc: new CrossEntropyLossFlat(), path });
  expect(await linesDuring(() => wrapped.load('all', { strict: false, withOpt: false }))).toEqual([
    expect.stringMatching(/^Loaded nothing: .* Its names are like '.*'net\./),
  ]);
});

test('a folder instead of a file is an error', async () => {
  await expect(loadLearner(path)).rejects.toThrow(`${path} is a folder: pass the path of a file.`);
  await expect(loadPth(path)).rejects.toThrow(`${path} is a folder: pass the path of a file.`);
});

test('a file that does not name the prefix of its optimizer is loaded with it', async () => {
  const learn = smallLearner({ path });
  learn.logger = null;
  await learn.fit(1);
  const file = await learn.save('earlier');
  const { tensors, metadata } = await loadSafetensors(file);
  const { optimizer } = metadata;
  await saveSafetensors(file, tensors, { optimizer: optimizer! });
  tf.dispose([...tensors.values()]);
  const other = smallLearner({ path });
  await other.load('earlier');
  const steps = (of: typeof learn) => of.opt.stateDict().parameters.map(({ step }) => step);
  expect(steps(other)).toEqual(steps(learn));
  expect(Math.max(...steps(other))).toBeGreaterThan(0);
});
