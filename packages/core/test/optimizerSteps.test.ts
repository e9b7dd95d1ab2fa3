import { adamStep, sgdStep } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';
import fixture from '../fixtures/optimizers.json';
import { expectCloseValues } from './closeTo.js';
import { eachEngine } from './eachEngine.js';

eachEngine(() => {
  it.each(fixture.adam)('Adam follows fastai with momentum $mom, decay $wd', (run) => {
    const { lr, mom, sqr_mom: sqrMom, eps, wd } = run;
    const decoupled = !('decouple_wd' in run);
    let state = {
      param: tf.tensor1d(fixture.start),
      avg: tf.zeros([5]),
      sqrAvg: tf.zeros([5]),
    } as Parameters<typeof adamStep>[0];
    for (const [i, gradient] of fixture.gradients.entries()) {
      const step = i + 1;
      const grad = tf.tensor1d(gradient);
      state = { grad, ...adamStep({ ...state, grad }, { lr, mom, sqrMom, eps, wd, decoupled, step }) };
      expectCloseValues(state.param.dataSync(), run.path[i]!);
    }
  });

  it.each(fixture.sgd)('SGD follows fastai with momentum $mom, decay $wd', (run) => {
    const { lr, mom, wd } = run;
    const decoupled = !('decouple_wd' in run);
    let param: tf.Tensor = tf.tensor1d(fixture.start);
    let avg: tf.Tensor | null = mom === 0 ? null : tf.zeros([5]);
    for (const [i, gradient] of fixture.gradients.entries()) {
      ({ param, avg } = sgdStep({ param, avg, grad: tf.tensor1d(gradient) }, { lr, mom, wd, decoupled }));
      expectCloseValues(param.dataSync(), run.path[i]!);
    }
  });

  it('leaves its inputs alone and gives only what it returns', () => {
    const param = tf.tensor1d([1, 2]);
    const state = { param, grad: tf.ones([2]), avg: tf.zeros([2]), sqrAvg: tf.zeros([2]) };
    const before = tf.memory().numTensors;
    tf.dispose({ ...adamStep(state, { lr: 0.1, mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.1, step: 1 }) });
    tf.dispose({ ...sgdStep(state, { lr: 0.1, mom: 0.9, wd: 0.1 }) } as { param: tf.Tensor; avg: tf.Tensor });
    expect(tf.memory().numTensors).toBe(before);
    expect([...param.dataSync()]).toEqual([1, 2]);
  });

  it('in place gives the same values, leaves clones and what was read alone, and keeps no tensor', () => {
    const start = ([0, 1, 2] as const).map((seed) => tf.randomUniform([3000], 0.1, 1, 'float32', seed));
    const grad = tf.randomNormal([3000]);
    const [param, avg, sqrAvg] = start.map((tensor) => tf.variable(tf.add(tensor, 0)));
    const clone = tf.clone(avg!);
    const read = [param!, avg!, sqrAvg!].map((tensor) => tensor.dataSync());
    const state = { param: param!, avg: avg!, sqrAvg: sqrAvg!, grad };
    const options = { lr: 0.1, mom: 0.9, sqrMom: 0.99, eps: 1e-5, wd: 0.1 };
    const apart = adamStep(state, { ...options, step: 1 });
    const before = tf.memory().numTensors;
    for (const shared of [true, false]) {
      if (!shared) clone.dispose();
      const inPlace = adamStep(state, { ...options, step: 1, inPlace: true });
      for (const name of ['param', 'avg', 'sqrAvg'] as const) {
        expect(inPlace[name].dataSync()).toEqual(apart[name].dataSync());
      }
      if (shared) expect(clone.dataSync()).toEqual(start[1]!.dataSync());
      tf.dispose({ ...inPlace });
    }
    expect(tf.memory().numTensors).toBe(before - 1);
    expect(read).toEqual(start.map((tensor) => tensor.dataSync()));
  });
});
