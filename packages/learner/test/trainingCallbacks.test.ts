import { BatchNorm2d, Linear, type Module, ReLU, Sequential } from '@fastts/core';
import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyLearner,
  BnFreeze,
  Callback,
  CancelBackward,
  CancelStep,
  CollectDataCallback,
  CutMixCB,
  GradientAccumulation,
  GradientClip,
  type LearnerOptions,
  SGD,
  ShortEpochCallback,
  setBnEval,
} from '../src/index.js';
import { fixture, groups, smallLearner } from './smallNetwork.js';

interface Run {
  losses: number[];
  stepped: boolean[];
  weights: Record<string, Nested>;
}

interface BoxCase {
  width: number;
  height: number;
  share: number;
  cx: number;
  cy: number;
  box: number[];
}

const wanted = fixture<{ runs: Record<string, Run>; boxes: BoxCase[]; short: Record<string, number[]> }>(
  'callbacks',
);

/** Records the same values as `fixtures/make_callbacks.py`. */
class Notes extends Callback {
  override order = 100;
  override runValid = false;
  readonly losses: number[] = [];
  readonly stepped: boolean[] = [];

  override beforeBatch() {
    this.stepped.push(false);
  }
  override afterStep() {
    this.stepped[this.stepped.length - 1] = true;
  }
  override async afterBatch() {
    this.losses.push((await this.learn.loss.data())[0]!);
  }
}

/** Two given integers in place of a random stream. */
const given = (...numbers: number[]) => ({ int: () => numbers.shift()! });

/** CutMix with the weights, centers and partners of `fixtures/make_callbacks.py`. */
class GivenCutMix extends CutMixCB {
  private batch = 0;

  override beforeBatch() {
    const b = this.batch++;
    const n = this.learn.targets[0]!.shape[0]!;
    const box = this.randBbox(6, 6, 0.15 + 0.2 * b, given((2 * b + 1) % 6, (5 * b + 4) % 6));
    this.mix(
      box,
      Int32Array.from({ length: n }, (_, i) => (i + 1 + b) % n),
    );
  }
}

interface RunOptions extends Partial<LearnerOptions> {
  epochs?: number;
  bs?: number;
  freeze?: boolean;
}

const frozen = { splitter: groups, freeze: true };
const cases: [name: string, cbs: () => Callback | Callback[], options?: RunOptions][] = [
  ['accumulate12', () => new GradientAccumulation(12), { epochs: 2 }],
  ['accumulate10', () => new GradientAccumulation(10), { epochs: 2 }],
  ['accumulate30', () => new GradientAccumulation(30), { epochs: 3 }],
  ['accumulateUneven', () => new GradientAccumulation(15), { epochs: 2, bs: 9 }],
  ['clip', () => new GradientClip({ maxNorm: 0.2 })],
  ['clipNot', () => new GradientClip({ maxNorm: 1e3 })],
  ['clipMost', () => new GradientClip({ maxNorm: 0.05, normType: Number.POSITIVE_INFINITY })],
  ['clipSum', () => new GradientClip({ maxNorm: 0.5, normType: 1 })],
  [
    'accumulateAndClip',
    () => [new GradientClip({ maxNorm: 0.2 }), new GradientAccumulation(12)],
    { epochs: 2 },
  ],
  ['cutMix', () => new GivenCutMix()],
  ['bnFreeze', () => new BnFreeze(), { ...frozen, trainBn: false }],
  ['bnFreezeTrained', () => new BnFreeze(), frozen],
];

eachEngine(() => {
  test.each(cases)('training agrees with fastai with %s', async (name, cbs, options = {}) => {
    const { epochs = 1, bs = 6, freeze = false, ...rest } = options;
    const run = wanted.runs[name]!;
    const notes = new Notes();
    const learn = smallLearner({ optFunc: SGD, cbs: [notes, ...[cbs()].flat()], ...rest }, bs);
    if (freeze) learn.freeze();
    await learn.fit(epochs, 0.05);
    expect(notes.stepped).toEqual(run.stepped);
    expectAllClose(notes.losses, run.losses, { rtol: 2e-5, atol: 1e-7 });
    const state = learn.model.stateDict();
    for (const [weight, values] of Object.entries(run.weights)) {
      expectAllClose(state.get(weight)!, values, { rtol: 1e-4, atol: 1e-6 });
    }
    const before = tf.memory().numTensors;
    await learn.fit(1, 0.05);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('accumulated gradients equal those of the large batch', async () => {
    class Gradients extends Callback {
      // After GradientAccumulation, which cancels the batch while there are too few items.
      override order = 50;
      readonly seen: Nested[] = [];
      override async beforeStep(): Promise<void> {
        for (const gradient of this.learn.grads.values()) this.seen.push(await gradient.array());
        throw new CancelStep();
      }
    }
    class NoBatchStatistics extends Callback {
      override beforeTrain() {
        this.learn.model.eval();
      }
    }
    const gradients = async (bs: number, ...cbs: Callback[]) => {
      const seen = new Gradients();
      await smallLearner({ cbs: [seen, new NoBatchStatistics(), ...cbs] }, bs).fit(1);
      return seen.seen;
    };
    const whole = await gradients(24);
    expect(whole).toHaveLength(7);
    expectAllClose(await gradients(6, new GradientAccumulation(24)), whole, { rtol: 1e-3, atol: 1e-6 });
  });

  test('clipped gradients have the maximum norm, and smaller ones are unchanged', async () => {
    const norms: number[] = [];
    class Norm extends Callback {
      override order = 20;
      override async beforeStep() {
        const all = await Promise.all([...this.learn.grads.values()].map((gradient) => gradient.data()));
        norms.push(Math.hypot(...all.flatMap((values) => [...values])));
      }
    }
    await smallLearner({ cbs: [new Norm(), new GradientClip({ maxNorm: 0.01 })] }).fit(1);
    for (const norm of norms) expect(norm).toBeCloseTo(0.01, 5);
  });

  test('a canceled gradient is not clipped', async () => {
    class NoGradient extends Callback {
      override beforeBackward() {
        if (this.learn.iter % 2 === 0) throw new CancelBackward();
      }
    }
    const learn = smallLearner({ cbs: [new NoGradient(), new GradientClip()] });
    await learn.fit(1);
    expect(learn.recorder.losses).toHaveLength(4);
  });

  test('an image gets only its box from its partner', async () => {
    const learn = smallLearner();
    const cutMix = new CutMixCB();
    learn.addCbs(cutMix);
    const [x, y] = [tf.range(0, 2 * 4 * 5 * 3).reshape([2, 4, 5, 3]), tf.tensor1d([0, 1])] as [
      tf.Tensor4D,
      tf.Tensor1D,
    ];
    const rows = x.arraySync();
    learn.x = x.clone();
    learn.y = y;
    for (const [x1, y1, x2, y2] of [
      [0, 0, 5, 4],
      [1, 2, 4, 3],
      [2, 0, 5, 4],
      [3, 3, 3, 3],
    ] as const) {
      learn.x = x.clone();
      cutMix.mix({ x1, y1, x2, y2 }, Int32Array.of(1, 0));
      const mixed = learn.x.arraySync();
      rows.forEach((picture, i) => {
        picture.forEach((row, r) => {
          row.forEach((pixel, c) => {
            const inside = r >= y1 && r < y2 && c >= x1 && c < x2;
            expect(mixed[i]![r]![c]).toEqual(inside ? rows[1 - i]![r]![c] : pixel);
          });
        });
      });
    }
  });

  test('a loss that is not finite ends the fit immediately', async () => {
    class Poison extends Callback {
      batches = 0;
      override afterLoss() {
        if (++this.batches === 3) this.learn.loss = tf.mul(this.learn.loss, Number.POSITIVE_INFINITY);
      }
    }
    const poison = new Poison();
    const learn = smallLearner({ cbs: poison });
    await learn.fit(5, 0.05);
    expect(poison.batches).toBe(3);
    poison.batches = 1;
    // Outside of a fit it has no effect, and the model is not spoiled, which would result in NaN.
    expect((await learn.validate())[0]).toBe(Number.POSITIVE_INFINITY);
  });

  test.each<[string, ShortEpochCallback]>([
    ['default', new ShortEpochCallback()],
    ['half', new ShortEpochCallback({ pct: 0.5 })],
    ['trainOnly', new ShortEpochCallback({ pct: 0.3, shortValid: false })],
  ])('an epoch is shortened like in fastai: %s', async (name, cb) => {
    class Count extends Callback {
      override order = -50;
      readonly seen: number[] = [];
      override beforeTrain() {
        this.seen.push(0);
      }
      override beforeValidate() {
        this.seen.push(0);
      }
      override afterBatch() {
        this.seen[this.seen.length - 1]!++;
      }
    }
    const count = new Count();
    const learn = smallLearner({ cbs: [count, cb] }, 3);
    await learn.fit(2);
    expect(count.seen).toEqual(wanted.short[name]);
    const [trainLoss, validLoss] = learn.recorder.finalRecord;
    expect(trainLoss).toBeNull();
    expect(typeof validLoss).toBe(name === 'trainOnly' ? 'number' : 'object');
  });
});

test.each(wanted.boxes)('the box of $width × $height for $share agrees with fastai', (one) => {
  const { width, height, share, cx, cy, box } = one;
  const { x1, y1, x2, y2 } = new CutMixCB().randBbox(width, height, share, given(cx, cy));
  expect([x1, y1, x2, y2]).toEqual(box);
});

test('cutmix draws boxes of various sizes, and restores the loss', async () => {
  const learn = smallLearner();
  const { lossFunc } = learn;
  class Watched extends CutMixCB {
    readonly areas: number[] = [];
    override randBbox(...args: Parameters<CutMixCB['randBbox']>) {
      const box = super.randBbox(...args);
      this.areas.push((box.x2 - box.x1) * (box.y2 - box.y1));
      return box;
    }
  }
  const cutMix = new Watched();
  await learn.fit(3, 1e-3, { cbs: cutMix });
  expect(new Set(cutMix.areas).size).toBeGreaterThan(4);
  expect(learn.lossFunc).toBe(lossFunc);
});

test('only batch norms with frozen parameters are put in evaluation mode, and back in training mode', () => {
  const model = new Sequential(
    new BatchNorm2d(2),
    new Sequential(new BatchNorm2d(2), new ReLU()),
    new Linear(2, 2),
  );
  const modes = () => model.modules().map((module: Module) => module.training);
  setBnEval(model);
  expect(modes()).toEqual([true, true, true, true, true, true]);
  model.requiresGrad_(false);
  setBnEval(model);
  expect(modes()).toEqual([true, false, true, false, true, true]);
  setBnEval(model, { useEval: false });
  expect(modes()).toEqual([true, true, true, true, true, true]);
});

test('all batches of a fit are collected, and freed on dispose', async () => {
  const collect = new CollectDataCallback();
  const learn = smallLearner();
  await learn.fit(1);
  const before = tf.memory().numTensors;
  await learn.fit(1, 1e-3, { cbs: collect });
  expect(collect.data.map(({ targets: [y] }) => y!.size)).toEqual([6, 6, 6, 6, 6, 3]);
  expect(collect.data[0]!.inputs[0]!.shape).toEqual([6, 6, 6, 3]);
  expect(collect.data[5]!.pred!.shape).toEqual([3, 5]);
  expect((await collect.data[5]!.loss!.data())[0]).toBeGreaterThan(0);
  expect(tf.memory().numTensors).toBe(before + 24);
  collect.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('callbacks reject invalid options and inputs', async () => {
  expect(() => new GradientAccumulation(0)).toThrow('nAcc must be a number > 0, got 0.');
  expect(() => new GradientClip({ maxNorm: -1 })).toThrow(/-1/);
  class Flat extends Callback<AnyLearner<tf.Tensor>> {
    override order = -50;
    override beforeBatch() {
      this.learn.x = this.learn.x.reshape([-1, 108]);
    }
  }
  await expect(smallLearner({ cbs: [new Flat(), new CutMixCB()] }).fit(1)).rejects.toThrow(/\[6,108\]/);
});
