import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyLearner,
  Callback,
  CallbackError,
  CancelBackward,
  CancelBatch,
  CancelEpoch,
  CancelFit,
  CancelStep,
  CancelTrain,
  CancelValid,
  type EventName,
  events,
} from '../src/index.js';
import { fixture, type SmallLearner, smallLearner } from './smallNetwork.js';

type Seen = [event: EventName, epoch: number, training: boolean, trainIter: number, pctTrain: number][];

interface Events {
  fit: Seen;
  validate: Seen;
  getPreds: Seen;
  canceled: { at: EventName; raises: keyof typeof cancels; when: keyof typeof conditions; seen: Seen }[];
}

const cancels = { CancelBackward, CancelBatch, CancelEpoch, CancelFit, CancelStep, CancelTrain, CancelValid };

const conditions = {
  any: () => true,
  first: (learn: AnyLearner) => learn.training,
  second: (learn: AnyLearner) => learn.trainIter === 1,
  valid: (learn: AnyLearner) => !learn.training,
};

const wanted = fixture<Events>('events');

/** Records each event, and throws at the given one the first time that `when` is true. */
class Spy extends Callback {
  override order = 100;
  seen: Seen = [];

  constructor(
    at?: EventName,
    raises: keyof typeof cancels = 'CancelFit',
    when: (learn: AnyLearner) => boolean = () => true,
  ) {
    super();
    let done = false;
    for (const event of events) {
      if (event === 'afterCreate') continue;
      this[event] = () => {
        const { learn } = this;
        this.seen.push([event, learn.epoch, learn.training, learn.trainIter, learn.pctTrain]);
        if (event !== at || done || !when(learn)) return;
        done = true;
        throw new cancels[raises]();
      };
    }
  }
}

function rounded(seen: Seen) {
  return seen.map(([event, epoch, training, trainIter, pct]) => [
    event,
    epoch,
    training,
    trainIter,
    pct.toFixed(6),
  ]);
}

eachEngine(() => {
  test("fit fires the events in fastai's order", async () => {
    const spy = new Spy();
    await smallLearner({ cbs: spy }, 12).fit(2);
    expect(rounded(spy.seen)).toEqual(rounded(wanted.fit));
  });

  test("validate and getPreds fire the events in fastai's order", async () => {
    const spy = new Spy();
    const learn = smallLearner({ cbs: spy }, 12);
    await learn.validate();
    expect(rounded(spy.seen)).toEqual(rounded(wanted.validate));
    spy.seen = [];
    tf.dispose(await learn.getPreds());
    expect(rounded(spy.seen)).toEqual(rounded(wanted.getPreds));
  });

  test.each(wanted.canceled)(
    '$raises in $at ($when) continues where fastai does, and leaks no tensor',
    async (one) => {
      const warm = smallLearner({}, 12);
      await warm.fit(1);
      const before = tf.memory().numTensors;
      const spy = new Spy(one.at, one.raises, conditions[one.when]);
      const learn = smallLearner({ cbs: spy }, 12);
      const made = tf.memory().numTensors;
      await learn.fit(2);
      expect(rounded(spy.seen)).toEqual(rounded(one.seen));
      learn.opt.clearState();
      expect(tf.memory().numTensors).toBe(made);
      learn.model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test('a canceled batch keeps its gradients for the next one, a canceled step does not', async () => {
    class Note extends Callback {
      readonly counts: number[] = [];
      constructor(private readonly cancel: typeof CancelBatch | typeof CancelStep) {
        super();
      }
      override beforeStep() {
        this.counts.push(this.learn.grads.size);
        throw new this.cancel();
      }
      override afterBatch() {
        if (this.learn.training) this.counts.push(this.learn.grads.size);
      }
    }
    const batch = new Note(CancelBatch);
    await smallLearner({ cbs: batch }, 12).fit(1);
    expect(batch.counts).toEqual([7, 7, 7, 7]);
    const step = new Note(CancelStep);
    await smallLearner({ cbs: step }, 12).fit(1);
    expect(step.counts).toEqual([7, 0, 7, 0]);
  });

  test('gradients of two batches accumulate', async () => {
    class Accumulate extends Callback {
      override beforeStep() {
        if (this.learn.iter % 2 === 0) throw new CancelBatch();
      }
      override afterLoss() {
        if (this.learn.training) this.learn.lossGrad = tf.div(this.learn.loss, 2);
      }
    }
    const weights = async (learn: SmallLearner) =>
      Promise.all(learn.model.parameters().map((p) => p.value.array()));
    const whole = smallLearner({ trainBn: false }, 24);
    const parts = smallLearner({ trainBn: false, cbs: new Accumulate() }, 12);
    // With batch norm, half a batch would have different statistics.
    class Frozen extends Callback {
      override order = 1;
      override beforeTrain() {
        this.learn.model.eval();
      }
    }
    await whole.fit(1, 0.1, { cbs: new Frozen() });
    await parts.fit(1, 0.1, { cbs: new Frozen() });
    const [a, b] = [(await weights(whole)).flat(9), (await weights(parts)).flat(9)] as number[][];
    for (const [i, weight] of a!.entries()) expect(b![i]).toBeCloseTo(weight, 4);
  });

  test('callbacks may replace the batch, the prediction and the loss, and all tensors are disposed of', async () => {
    class Change extends Callback<AnyLearner<tf.Tensor4D>> {
      override beforeBatch() {
        this.learn.x = tf.mul(this.learn.x, 2);
        this.learn.x = tf.add(this.learn.x, 1);
      }
      override afterPred() {
        this.learn.pred = tf.mul(this.learn.pred, 0);
      }
      override afterLoss() {
        this.learn.loss = tf.mul(this.learn.loss, 3);
      }
    }
    const learn = smallLearner();
    await learn.fit(1);
    const before = tf.memory().numTensors;
    await learn.addedCbs(new Change(), async () => {
      const [loss] = await learn.validate();
      expect(loss).toBeCloseTo(3 * Math.log(5), 4);
      await learn.fit(1);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('callbacks run by their order, subject to runsAfter and runsBefore', () => {
  class A extends Callback {
    override afterFit() {}
  }
  class B extends A {
    override runsAfter = [C];
  }
  class C extends A {
    override order = 5;
  }
  class D extends A {
    override order = 9;
    override runsBefore = [B];
  }
  const cbs = [new B(), new C(), new D(), new A()];
  const learn = smallLearner({ cbs });
  const names = learn.orderedCbs('afterFit').map((cb) => cb.constructor.name);
  expect(names.filter((name) => 'ABCD'.includes(name))).toEqual(['A', 'C', 'D', 'B']);
});

test('a cycle among callbacks is an error that names them', async () => {
  class First extends Callback {
    override runsAfter = [Second];
  }
  class Second extends Callback {
    override runsAfter = [First];
  }
  const learn = smallLearner({}, 12);
  await expect(learn.fit(1, 1e-3, { cbs: [new First(), new Second()] })).rejects.toThrow(
    /First, Second.*cycle/,
  );
});

test('events within the gradient must be synchronous, also by their types', async () => {
  class Late extends Callback {
    // @ts-expect-error it returns a promise
    override async afterPred() {}
  }
  // @ts-expect-error as above
  const learn = smallLearner({ cbs: new Late() });
  await expect(learn.fit(1)).rejects.toThrow(CallbackError);
  await expect(learn.fit(1)).rejects.toThrow(/afterPred of Late/);
});

test('runTrain, runValid and run determine when a callback runs', async () => {
  class Count extends Callback {
    batches = 0;
    override afterBatch() {
      this.batches++;
    }
  }
  const [all, train, valid, none] = [new Count(), new Count(), new Count(), new Count()];
  train.runValid = false;
  valid.runTrain = false;
  none.run = false;
  await smallLearner({ cbs: [all, train, valid, none] }).fit(1);
  expect([all, train, valid, none].map((count) => count.batches)).toEqual([6, 4, 2, 0]);
  expect(none.run).toBe(true);
});
