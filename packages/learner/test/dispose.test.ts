import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Module, Parameter, Sequential } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  AccumMetric,
  ActivationStats,
  accuracy,
  BusyError,
  Callback,
  CheckpointCallback,
  CollectDataCallback,
  FetchPredsCallback,
  HookCallback,
  Learner,
  LearnerError,
  MixUpCB,
  ranger,
} from '../src/index.js';
import { smallData, smallLearner } from './smallNetwork.js';

class LastOutputs extends HookCallback<tf.Tensor> {
  constructor() {
    super({ removeEnd: false });
  }
  protected override hook(_module: Module, _inputs: tf.Tensor[], output: tf.Tensor): tf.Tensor {
    return output;
  }
}

const used = () => {
  const { numTensors, numBytes } = tf.memory();
  return { numTensors, numBytes };
};

/** The first one starts the engine. */
beforeAll(() => smallLearner().fit(1));

describe('dispose', () => {
  test('frees the model, the optimizer, the metrics and what callbacks keep', async () => {
    const before = used();
    const learn = smallLearner({
      optFunc: ranger,
      metrics: [accuracy, new AccumMetric(({ size }) => size, { flatten: false })],
      cbs: [
        new MixUpCB(),
        new ActivationStats({ withHist: true }),
        new CollectDataCallback(),
        new FetchPredsCallback({ withInput: true }),
        new LastOutputs(),
      ],
    });
    await learn.fitOneCycle(2);
    await learn.validate();
    const kept = used().numTensors - before.numTensors;
    expect(kept).toBeGreaterThan(4 * learn.model.parameters().length);
    learn.dispose();
    expect(used()).toEqual(before);
    learn.dispose();
    expect(used()).toEqual(before);
  });

  test('frees what checkpoints and the search for an anomaly keep', async () => {
    const before = used();
    const folder = mkdtempSync(path.join(tmpdir(), 'fastts-dispose-'));
    try {
      const learn = smallLearner({ cbs: new CheckpointCallback(folder, { everyBatches: 1 }) });
      await learn.detectAnomaly(() => learn.fitOneCycle(1));
      learn.dispose();
      expect(used()).toEqual(before);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('frees accumulated gradients and the batch of a run that failed', async () => {
    const before = used();
    class Fails extends Callback {
      override beforeStep() {
        throw new Error('on purpose');
      }
    }
    const learn = smallLearner({ cbs: new Fails() });
    await expect(learn.fit(1)).rejects.toThrow('on purpose');
    learn.dispose();
    expect(used()).toEqual(before);
  });

  test('leaves nothing of the folds of a cross-validation, which `using` ends', async () => {
    const before = used();
    const losses: number[] = [];
    for (let fold = 0; fold < 3; fold++) {
      using learn = smallLearner({ metrics: accuracy });
      await learn.fitOneCycle(1);
      losses.push((await learn.validate())[0]!);
    }
    expect(losses).toHaveLength(3);
    expect(used()).toEqual(before);
  });

  test('returned tensors and the recorder stay readable', async () => {
    const learn = smallLearner();
    await learn.fit(1);
    const [preds, targs] = await learn.getPreds();
    const { recorder } = learn;
    learn.dispose();
    expect((await preds.data()).length).toBeGreaterThan(0);
    expect(recorder.values).toHaveLength(1);
    tf.dispose([preds, targs]);
  });

  test('keeps the model if asked to, for another learner', async () => {
    const before = used();
    const learn = smallLearner();
    await learn.fit(1);
    const { model, lossFunc } = learn;
    learn.dispose({ model: false });
    const kept = [...model.namedParameters(), ...model.namedBuffers()];
    expect(used().numTensors - before.numTensors).toBe(kept.length);
    const next = new Learner(smallData(), model, { lossFunc });
    next.logger = null;
    next.showBar = false;
    await next.fit(1);
    next.dispose();
    expect(used()).toEqual(before);
    expect(() => model.parameters()[0]!.value).toThrow('The module was disposed of');
  });

  test('is refused during a fit, which then continues', async () => {
    const refused: unknown[] = [];
    class Disposes extends Callback {
      override afterBatch() {
        try {
          this.learn.dispose();
        } catch (error) {
          refused.push(error);
        }
      }
    }
    const learn = smallLearner();
    await learn.fit(1, 1e-3, { cbs: new Disposes() });
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toBeInstanceOf(BusyError);
    expect(learn.isDisposed).toBe(false);
    learn.dispose();
    expect(learn.isDisposed).toBe(true);
  });

  test('lets a module that keeps more than parameters free it, wherever it is in the model', () => {
    const before = used();
    class Scaled extends Module {
      readonly scale = new Parameter(tf.ones([2]));
      private readonly mask = tf.keep(tf.ones([2]));
      forward(x: tf.Tensor) {
        return tf.mul(tf.mul(x, this.scale.value), this.mask);
      }
      override dispose() {
        super.dispose();
        this.mask.dispose();
      }
    }
    new Sequential(new Sequential(new Scaled())).dispose();
    expect(used()).toEqual(before);
  });
});

const uses: Record<string, (learn: ReturnType<typeof smallLearner>) => unknown> = {
  fit: (learn) => learn.fit(1),
  fitOneCycle: (learn) => learn.fitOneCycle(1),
  fineTune: (learn) => learn.fineTune(1),
  lrFind: (learn) => learn.lrFind(),
  validate: (learn) => learn.validate(),
  getPreds: (learn) => learn.getPreds(),
  summary: (learn) => learn.summary(),
  save: (learn) => learn.save('disposed'),
  load: (learn) => learn.load('disposed'),
  export: (learn) => learn.export('disposed'),
  freeze: async (learn) => learn.freeze(),
  model: async (learn) => learn.model,
  opt: async (learn) => learn.opt,
  createOpt: async (learn) => learn.createOpt(),
};

describe('a learner that was disposed of', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fastts-dispose-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.entries(uses))('refuses %s with a clear error', async (_, use) => {
    const learn = smallLearner({ path: folder });
    await learn.fit(1);
    await learn.save('disposed');
    learn.dispose();
    const before = used();
    const error: unknown = await Promise.resolve()
      .then(() => use(learn))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LearnerError);
    expect(String(error)).toMatch(/disposed of|requires DataLoaders|not a `DataLoaders`/);
    expect(used()).toEqual(before);
  });
});
