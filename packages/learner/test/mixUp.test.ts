import { ArgumentError, Module, Parameter, setSeed } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyLearner,
  Callback,
  CrossEntropyLossFlat,
  CutMixCB,
  Learner,
  type Loss,
  MixUpCB,
} from '../src/index.js';
import { smallLearner } from './smallNetwork.js';

/** Records batches, before or after mixup. */
class Watch extends Callback<AnyLearner<tf.Tensor, tf.Tensor>> {
  override order = 10;
  override runValid = false;
  /** The numbers of each item, for each batch. */
  readonly x: number[][][] = [];
  readonly y: number[][] = [];

  override async beforeBatch() {
    const { x } = this.learn;
    this.x.push(await tf.reshape<tf.Rank.R2>(x, [x.shape[0]!, -1]).array());
    this.y.push(Array.from(await this.learn.y.data()));
  }
}

eachEngine(() => {
  test('each input is a blend of itself and another item of the batch, with more weight on itself', async () => {
    setSeed(1);
    const [plain, mixed] = [new Watch(), new Watch()];
    plain.order = -1;
    const learn = smallLearner({ cbs: [plain, mixed, new MixUpCB()] }, 12);
    await learn.fit(1, 1e-9);
    const [own, blend] = [plain.x[0]!, mixed.x[0]!];
    const shares = blend.map((item, i) => {
      // blend = λ·own + (1 − λ)·partner for the partner that explains all numbers by one λ
      const fits = own.map((partner) => {
        const ratios = item.map((v, k) => [v - partner[k]!, own[i]![k]! - partner[k]!] as const);
        const share = ratios.reduce((s, [a, b]) => s + a * b, 0) / ratios.reduce((s, [, b]) => s + b * b, 0);
        return { share, error: Math.max(...ratios.map(([a, b]) => Math.abs(a - share * b))) };
      });
      const same = item.every((v, k) => Math.abs(v - own[i]![k]!) < 1e-5);
      const best = fits.filter(({ share }) => Number.isFinite(share)).sort((a, b) => a.error - b.error)[0]!;
      expect(same || best.error < 1e-4).toBe(true);
      return same ? 1 : best.share;
    });
    for (const share of shares) expect(share).toBeGreaterThan(0.5 - 1e-5);
    expect(new Set(shares.map((share) => share.toFixed(3))).size).toBeGreaterThan(4);
    // Class indices are unchanged: the loss is mixed instead.
    expect(mixed.y).toEqual(plain.y);
  });

  test('targets that are not class indices are blended like the images', async () => {
    const meanSquared: Loss = {
      forward: (pred, y) => tf.mean(tf.square(tf.sub(tf.mean(pred, 1), tf.cast(y, 'float32')))),
    };
    class AsNumbers extends Callback<AnyLearner<tf.Tensor, tf.Tensor>> {
      override order = -1;
      override beforeBatch() {
        this.learn.y = tf.cast(this.learn.y, 'float32');
      }
    }
    const watch = new Watch();
    const cbs = [watch, new AsNumbers(), new MixUpCB()];
    await smallLearner({ lossFunc: meanSquared, cbs }, 12).fit(1, 1e-4);
    expect(watch.y.flat().some((target) => !Number.isInteger(target))).toBe(true);
  });

  test('training with mixup is repeatable bit by bit with the same seed only', async () => {
    const losses = async (seed: number) => {
      setSeed(seed);
      const learn = smallLearner({ cbs: new MixUpCB() });
      await learn.fitOneCycle(2, 1e-2);
      return [...learn.recorder.losses, ...(await learn.validate())];
    };
    const first = await losses(7);
    expect(await losses(7)).toEqual(first);
    expect(await losses(8)).not.toEqual(first);
  });

  test('validation uses the unmixed loss', async () => {
    class Mixed extends MixUpCB {
      override beforeBatch() {
        const n = this.learn.targets[0]!.shape[0]!;
        this.mix(
          new Float32Array(n).fill(0.5),
          Int32Array.from({ length: n }, (_, i) => (i + 1) % n),
        );
      }
    }
    const learn = smallLearner({ cbs: new Mixed() });
    await learn.fit(1, 1e-9);
    const [, valid] = learn.recorder.values[0]!;
    learn.removeCbs(MixUpCB);
    expectAllClose(valid!, (await learn.validate())[0]!, { rtol: 1e-6, atol: 1e-7 });
  });
});

test('for masks, the losses of all pixels of two items are blended by their weights', async () => {
  const shares = [0.75, 0.5];
  class Given extends MixUpCB {
    override beforeBatch() {
      this.mix(Float32Array.from(shares), Int32Array.from([1, 0]));
    }
  }
  const scores = [0.5, -1, 2, 0, 1, 1, -0.5, 0.25, 1.5, 0, -2, 1];
  const lossFunc = new CrossEntropyLossFlat();
  const of = (target: number[]) => {
    const each = new CrossEntropyLossFlat({ reduction: 'none' });
    return each.forward(tf.tensor(scores, [2, 1, 2, 3]), tf.tensor(target, [2, 1, 2], 'int32')).dataSync();
  };
  const [own, other] = [of([0, 1, 2, 1]), of([2, 1, 0, 1])];
  const mixed = [...own].map((loss, i) => {
    const share = shares[Math.floor(i / 2)]!;
    return share * loss + (1 - share) * other[i]!;
  });
  const wanted = mixed.reduce((sum, loss) => sum + loss / mixed.length, 0);
  const batches = {
    length: 1,
    *[Symbol.iterator](): Generator<[tf.Tensor4D, tf.Tensor3D]> {
      yield [tf.ones([2, 1, 2, 1]), tf.tensor3d([0, 1, 2, 1], [2, 1, 2], 'int32')];
    },
  };
  /** Returns the scores for any images. */
  class Scores extends Module {
    readonly scores = new Parameter(tf.tensor(scores, [2, 1, 2, 3]));
    forward() {
      return this.scores.value.clone();
    }
  }
  const learn = new Learner({ train: batches, valid: batches }, new Scores(), { lossFunc, cbs: new Given() });
  learn.logger = null;
  learn.showBar = false;
  await learn.fit(1, 1e-9);
  expectAllClose(learn.recorder.losses[0]!, wanted);
});

test('integer targets are not blended with a loss without yInt, and a loss is not mixed twice', async () => {
  const cross = new CrossEntropyLossFlat();
  const lossFunc = (pred: tf.Tensor, targ: tf.Tensor) => cross.forward(pred, targ);
  for (const cbs of [new MixUpCB(), new CutMixCB()]) {
    await expect(smallLearner({ lossFunc, cbs }).fit(1)).rejects.toThrow(
      /(MixUp|CutMix)CB.*int32.*yInt: true/,
    );
  }
  const learn = smallLearner({ cbs: [new CutMixCB(), new MixUpCB()] });
  const before = learn.lossFunc;
  await expect(learn.fit(1)).rejects.toThrow(/CutMixCB and MixUpCB.*one of them/);
  expect(learn.lossFunc).toBe(before);
});

test('mixup rejects an invalid alpha, and a loss without reduction', async () => {
  expect(() => new MixUpCB(0)).toThrow(ArgumentError);
  const lossFunc: Loss = { yInt: true, forward: (pred) => tf.mean(pred) };
  await expect(smallLearner({ lossFunc, cbs: new MixUpCB() }).fit(1)).rejects.toThrow(/MixUpCB.*reduction/);
});
