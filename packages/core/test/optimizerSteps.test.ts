import { adamStep, lambStep, larcStep, qhadamStep, radamStep, rmsPropStep, sgdStep } from '@fastts/core';
import { expectNormClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/optimizers.json';

/** One of fastai's runs: hyperparameters by fastai's names, and the parameter's values after each step. */
interface Run {
  lr: number;
  mom: number;
  sqr_mom?: number;
  eps?: number;
  wd: number;
  decouple_wd?: boolean;
  beta?: number;
  nu_1?: number;
  nu_2?: number;
  trust_coeff?: number;
  clip?: boolean;
  path: number[][];
}

/** The inputs of a step of any kind. */
interface State {
  param: tf.Tensor;
  grad: tf.Tensor;
  avg: tf.Tensor;
  sqrAvg: tf.Tensor;
}

function optionsOf(run: Run, step: number) {
  const { lr, mom, sqr_mom: sqrMom = 0, eps = 1e-8, wd, decouple_wd: decoupled = true } = run;
  const { beta = 0, nu_1: nu1 = 0, nu_2: nu2 = 0, trust_coeff: trustCoeff = 0, clip = true } = run;
  return { lr, mom, sqrMom, eps, wd, decoupled, beta, nu1, nu2, trustCoeff, clip, step };
}

type Step = (state: State, options: ReturnType<typeof optionsOf>) => Partial<State>;

/** Makes steps with the fixture's gradients, like fastai. */
function follow(run: Run, step: Step, start = fixture.start): void {
  let state = { param: tf.tensor1d(start) as tf.Tensor, avg: tf.zeros([5]), sqrAvg: tf.zeros([5]) };
  for (const [i, gradient] of fixture.gradients.entries()) {
    const grad = tf.tensor1d(gradient);
    state = { ...state, ...step({ ...state, grad }, optionsOf(run, i + 1)) };
    expectNormClose(state.param, run.path[i]!);
  }
}

/** Steps that have momentum only with a moving sum. */
const maybeWithout =
  (
    step: (
      state: Omit<State, 'avg'> & { avg?: tf.Tensor },
      options: ReturnType<typeof optionsOf>,
    ) => Partial<State>,
  ): Step =>
  ({ avg, ...state }, options) =>
    step(options.mom === 0 ? state : { ...state, avg }, options);

const steps: Record<string, Step> = {
  adam: adamStep,
  radam: radamStep,
  qhadam: qhadamStep,
  lamb: lambStep,
  sgd: maybeWithout(sgdStep),
  larc: maybeWithout(larcStep),
  rmsProp: maybeWithout(rmsPropStep),
};

const runs = Object.entries(steps).flatMap(([name, step]) =>
  (fixture[name as 'adam'] as Run[]).map((run): [string, Run, Step] => {
    const { path: _, ...hypers } = run;
    return [`${name} with ${JSON.stringify(hypers)}`, run, step];
  }),
);

/** The steps that can run in place. */
const hypers: Run = { lr: 0.1, mom: 0.9, sqr_mom: 0.99, eps: 1e-5, wd: 0.1, path: [] };

eachEngine(() => {
  it.each(runs)('makes the same steps as fastai: %s', (_, run, step) => follow(run, step));

  it('LAMB updates a parameter that is all zeros', () => {
    follow(fixture.lambOfZeros, lambStep, [0, 0, 0, 0, 0]);
  });

  it('does not change its inputs, and allocates only its results', () => {
    const param = tf.tensor1d([1, 2]);
    const state = { param, grad: tf.ones([2]), avg: tf.zeros([2]), sqrAvg: tf.zeros([2]) };
    const options = { lr: 0.1, mom: 0.9, sqr_mom: 0.99, wd: 0.1, trust_coeff: 0.1, path: [] };
    const before = tf.memory().numTensors;
    for (const step of Object.values(steps)) tf.dispose(Object.values(step(state, optionsOf(options, 1))));
    expect(tf.memory().numTensors).toBe(before);
    expect([...param.dataSync()]).toEqual([1, 2]);
  });

  it.each([
    ['Adam', (state: State, inPlace: boolean) => adamStep(state, { ...optionsOf(hypers, 1), inPlace })],
    ['RAdam', (state: State, inPlace: boolean) => radamStep(state, { ...optionsOf(hypers, 9), inPlace })],
    [
      'SGD',
      ({ sqrAvg: _, ...state }: State, inPlace: boolean) =>
        sgdStep(state, { ...optionsOf(hypers, 1), inPlace }),
    ],
    [
      'SGD without momentum',
      ({ param, grad }: State, inPlace: boolean) =>
        sgdStep({ param, grad }, { ...optionsOf(hypers, 1), inPlace }),
    ],
  ] as [string, (state: State, inPlace: boolean) => Partial<State>][])(
    '%s in place has the same result, does not change clones or arrays that were read, and leaks no tensor',
    (_, step) => {
      const start = ([0, 1, 2] as const).map((seed) => tf.randomUniform([3000], 0.1, 1, 'float32', seed));
      const grad = tf.randomNormal([3000]);
      const [param, avg, sqrAvg] = start.map((tensor) => tf.variable(tf.add(tensor, 0)));
      const clone = tf.clone(param!);
      const read = [param!, avg!, sqrAvg!].map((tensor) => tensor.dataSync());
      const state = { param: param!, avg: avg!, sqrAvg: sqrAvg!, grad };
      const apart = Object.entries(step(state, false)).filter(([, tensor]) => tensor);
      const before = tf.memory().numTensors;
      for (const shared of [true, false]) {
        if (!shared) clone.dispose();
        const inPlace = step(state, true);
        for (const [name, tensor] of apart) {
          expect(inPlace[name as keyof State]!.dataSync()).toEqual(tensor.dataSync());
        }
        if (shared) expect(clone.dataSync()).toEqual(start[0]!.dataSync());
        tf.dispose(Object.values(inPlace));
      }
      expect(tf.memory().numTensors).toBe(before - 1);
      expect(read).toEqual(start.map((tensor) => tensor.dataSync()));
    },
  );
});
