import { AdaptiveAvgPool2d, ArgumentError, Flatten, Linear, Sequential } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyLearner,
  Callback,
  type Callbacks,
  CrossEntropyLossFlat,
  Learner,
  ProgressiveResize,
  type ProgressiveResizeOptions,
} from '../src/index.js';
import { type SmallLearner, smallData } from './smallNetwork.js';

const FULL = 64;

/** Records the side of each batch's images, which `Enlarge` makes 64 pixels. */
class Sides extends Callback<AnyLearner<tf.Tensor4D>> {
  override order = 10;
  readonly train: number[] = [];
  readonly valid: number[] = [];
  override afterPred() {
    (this.learn.training ? this.train : this.valid).push(this.learn.x.shape[1]);
  }
}

class Enlarge extends Callback<AnyLearner<tf.Tensor4D>> {
  override order = -8;
  override beforeBatch() {
    this.learn.x = tf.image.resizeBilinear(this.learn.x, [FULL, FULL]);
  }
}

/** A learner with a fast model for images of any size. */
function learner(cbs: Callbacks): SmallLearner {
  const model = new Sequential(new AdaptiveAvgPool2d(1), new Flatten(), new Linear(3, 5));
  const learn = new Learner(smallData(), model, { lossFunc: new CrossEntropyLossFlat(), cbs });
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

async function sides(nEpoch: number, options: ProgressiveResizeOptions): Promise<Sides> {
  const seen = new Sides();
  // 4 training batches and 2 validation batches per epoch.
  const learn = learner([new Enlarge(), new ProgressiveResize(options), seen]);
  await learn.fit(nEpoch, 1e-4);
  await learn.validate();
  return seen;
}

test('by default, images grow per batch from half to three quarters of the training', async () => {
  const { train, valid } = await sides(4, {});
  expect(train).toEqual([32, 32, 32, 32, 32, 32, 32, 32, 32, 40, 48, 56, 64, 64, 64, 64]);
  // Validation uses the current training size; `validate` the full size.
  expect(valid).toEqual([32, 32, 32, 32, 56, 56, 64, 64, 64, 64]);
});

test('per epoch, the size is constant within an epoch, and the last epoch has the full size', async () => {
  const { train } = await sides(4, { increaseMode: 'epoch', start: 0.2, finish: 0.9, increaseBy: 8 });
  expect(train.filter((_, i) => i % 4 === 0)).toEqual([32, 32, 40, 64]);
  expect(train.filter((_, i) => i % 4 === 3)).toEqual([32, 32, 40, 64]);
  expect((await sides(1, { increaseMode: 'epoch' })).train).toEqual([64, 64, 64, 64]);
});

test('the initial scale, and validation at full size, can be set', async () => {
  const { train, valid } = await sides(2, { initialScale: 0.25, start: 0, finish: 0.5, resizeValid: false });
  expect(train).toEqual([16, 28, 40, 52, 64, 64, 64, 64]);
  expect(new Set(valid)).toEqual(new Set([64]));
});

test('resizing preserves the mean of an image', async () => {
  const pictures = tf.randomUniform<tf.Rank.R4>([2, FULL, FULL, 3]);
  for (const scale of [0.25, 0.5]) {
    const learn = learner(new ProgressiveResize({ initialScale: scale, start: 0.9, finish: 1 }));
    let mean = 0;
    class Look extends Callback<AnyLearner<tf.Tensor4D>> {
      override order = 10;
      override async beforeBatch() {
        mean = (await tf.mean(this.learn.x).data())[0]!;
        expect(this.learn.x.shape[1]).toBe(FULL * scale);
      }
    }
    class Put extends Callback {
      override order = -8;
      override beforeBatch() {
        this.learn.x = pictures.clone();
        this.learn.y = tf.tensor1d([0, 1], 'int32');
      }
    }
    await learn.fit(1, 1e-4, { cbs: [new Put(), new Look()] });
    expect(mean).toBeCloseTo((await tf.mean(pictures).data())[0]!, 5);
  }
});

test('invalid options are errors that name the value', () => {
  expect(() => new ProgressiveResize({ initialScale: 2 })).toThrow(ArgumentError);
  expect(() => new ProgressiveResize({ start: 0.8, finish: 0.5 })).toThrow(
    'start must be a number from 0 to 0.5, got 0.8.',
  );
  expect(() => new ProgressiveResize({ increaseBy: 2.5 })).toThrow(/2.5/);
});
