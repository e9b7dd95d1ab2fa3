import { Conv2d, type Module, ReLU } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  ActivationStats,
  type ActivationStatsOptions,
  Callback,
  CancelBatch,
  HookCallback,
  LearnerError,
  SGD,
} from '../src/index.js';
import { fixture, smallLearner } from './smallNetwork.js';

type Layer = { mean: number; std: number; near_zero: number; hist?: number[] };
const wanted = fixture<{ activations: Record<string, Layer[][]> }>('callbacks').activations;

async function recorded(options: ActivationStatsOptions) {
  const stats = new ActivationStats(options);
  await smallLearner({ optFunc: SGD, cbs: stats }, 12).fit(2, 0.05);
  return stats;
}

eachEngine(() => {
  test.each<[string, ActivationStatsOptions]>([
    ['all', { withHist: true }],
    ['every3', { every: 3 }],
    ['paramless', { includeParamless: true, every: 4 }],
  ])('statistics agree with fastai: %s', async (name, options) => {
    const { stats } = await recorded(options);
    expect(stats.map((batch) => batch.length)).toEqual(wanted[name]!.map((batch) => batch.length));
    wanted[name]!.forEach((batch, b) => {
      batch.forEach(({ mean, std, near_zero, hist }, i) => {
        const layer = stats[b]![i]!;
        expectAllClose([layer.mean, layer.std, layer.nearZero], [mean, std, near_zero], {
          rtol: 1e-4,
          atol: 1e-6,
        });
        expect(layer.hist).toEqual(hist);
      });
    });
  });
});

test('no tensor is leaked and all hooks are removed, also when the fit fails', async () => {
  class Stop extends Callback {
    override order = 100;
    override afterLoss() {
      if (this.learn.trainIter === 2) throw new Error('stop');
    }
  }
  const learn = smallLearner();
  await learn.fit(1);
  const before = tf.memory().numTensors;
  const forwards = () => learn.model.modules().filter((module) => Object.hasOwn(module, 'forward'));
  const stats = new ActivationStats({ withHist: true });
  await learn.fit(1, 1e-3, { cbs: stats });
  expect(stats.stats).toHaveLength(4);
  await expect(learn.fit(1, 1e-3, { cbs: [stats, new Stop()] })).rejects.toThrow('stop');
  await expect(
    learn.fit(1, 1e-3, { cbs: [new ActivationStats({ every: 2 }), new Stop()] }),
  ).rejects.toThrow();
  expect(forwards()).toEqual([]);
  expect(tf.memory().numTensors).toBe(before);
});

test('a batch that is canceled before the model sees it is not recorded', async () => {
  class Skip extends Callback {
    override order = -30;
    override runValid = false;
    override beforeBatch() {
      if (this.learn.iter === 1) throw new CancelBatch();
    }
  }
  const stats = new ActivationStats({ every: 1 });
  await smallLearner({ cbs: [new Skip(), stats] }).fit(1);
  expect(stats.stats).toHaveLength(3);
});

test('statistics of a layer can be read by index, and plotted', async () => {
  const stats = await recorded({ withHist: true });
  const last = stats.layerStats(-1);
  expect(last).toEqual(stats.layerStats(3));
  expect(last.std).toEqual(stats.stats.map((batch) => batch[3]!.std));
  const hist = stats.hist(0);
  expect([hist.length, hist[0]!.length]).toEqual([40, 4]);
  expect(hist[2]![1]).toBeCloseTo(Math.log(1 + stats.stats[1]![0]!.hist![2]!));
  const svg = stats.plotLayerStats(0).svg();
  for (const word of ['mean', 'std', '% near zero']) expect(svg).toContain(word);
  expect((await stats.colorDim(0)).svg()).toMatch(/<image .*base64/);
  expect(() => stats.layerStats(4)).toThrow(/Layer 4 does not exist: 4 layers/);
  expect(() => new ActivationStats().layerStats(0)).toThrow(LearnerError);
  expect(() => stats.stats.map((batch) => batch.map((layer) => delete layer.hist)) && stats.hist(0)).toThrow(
    /withHist/,
  );
});

test('a callback can hook selected modules, and gradients', async () => {
  class Shapes extends HookCallback<number[]> {
    readonly seen: (number[] | null)[][] = [];
    protected override hook(_module: Module, inputs: tf.Tensor[], output: tf.Tensor) {
      return [inputs.length, ...output.shape];
    }
    override afterBatch() {
      if (this.learn.training) this.seen.push(this.hooks!.stored);
      super.afterBatch();
    }
  }
  const learn = smallLearner();
  const modules = learn.model.modules().filter((m) => m instanceof Conv2d || m instanceof ReLU);
  const [outputs, gradients] = [new Shapes({ modules }), new Shapes({ modules, isForward: false })];
  await learn.fit(1, 1e-3, { cbs: [outputs, gradients] });
  expect(outputs.seen).toHaveLength(4);
  expect(outputs.seen[0]).toEqual([
    [1, 6, 3, 3, 4],
    [1, 6, 3, 3, 4],
    [1, 6, 6],
  ]);
  expect(gradients.seen[0]).toEqual([
    [0, 6, 3, 3, 4],
    [0, 6, 3, 3, 4],
    [0, 6, 6],
  ]);
  // Also in prediction.
  class Last extends HookCallback<tf.Tensor> {
    readonly sizes: number[] = [];
    protected override hook(_module: Module, _inputs: tf.Tensor[], output: tf.Tensor) {
      return output;
    }
    override afterBatch() {
      this.sizes.push(this.hooks!.stored.at(-1)!.shape[0]!);
    }
  }
  const last = new Last();
  const before = tf.memory().numTensors;
  tf.dispose(await learn.getPreds({ cbs: last }));
  expect(last.sizes).toEqual([6, 3]);
  expect(tf.memory().numTensors).toBe(before);
});
