import { ensureEngine, Pipeline, type Pixels, Rng, type Split, Transform } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import {
  augTransforms,
  Brightness,
  Flip,
  ImageBlock,
  imagenetStats,
  LazyImageBatch,
  Normalize,
  Rotate,
  setupAugTfms,
  Zoom,
} from '../src/index.js';

beforeAll(async () => void (await ensureEngine()));

function noise(seed: number, side = 40): Pixels {
  const rng = new Rng(seed);
  const data = Uint8Array.from({ length: side * side * 3 }, () => rng.int(256));
  return { data, width: side, height: side, channels: 3 };
}

/** The inputs of each of `tfms`, in order. */
const given: unknown[] = [];

/** A custom transform that does not support lazy images. */
class Invert extends Transform {
  override order = 35;
  override kinds = ['image'];

  encodes(images: tf.Tensor4D): tf.Tensor4D {
    given.push(images);
    return tf.sub(1, images);
  }
}

function apply(tfms: Transform[], images: tf.Tensor4D | LazyImageBatch, split: Split): tf.Tensor4D {
  const [result] = new Pipeline(tfms).applySync([images], ['image'], { split, rng: new Rng(5) });
  return result as tf.Tensor4D;
}

const normalize = Normalize.fromStats(imagenetStats);
const fixed = { p: 1, draw: [15, -20] };

describe.each(['train', 'valid'] as const)(
  'in split %s lazy batches have the same result as tensors',
  (split) => {
    test.each<[string, Transform[]]>([
      ['without steps', []],
      ['of the same size', [...augTransforms(), normalize]],
      ['cropped and reduced', [...augTransforms({ size: 12, minScale: 0.75 }), normalize]],
      ['shrunk', augTransforms({ size: [11, 14], padMode: 'zeros' })],
      ['with corners not aligned', [...augTransforms({ size: 30, alignCorners: false }), normalize]],
      ['with a custom transform in between', [...augTransforms({ size: 12 }), new Invert(), normalize]],
      ['moved twice', [new Rotate(fixed), new Flip({ p: 1 })]],
      ['normalized twice', [normalize, normalize]],
      ['in another order', [normalize, Object.assign(new Brightness({ p: 1 }), { order: 100 })]],
    ])('%s', (_name, tfms) => {
      const pictures = [noise(1), noise(2)];
      const lazy = ImageBlock().lazyCollate(pictures);
      expect(lazy).toBeInstanceOf(LazyImageBatch);
      const made = tf.tidy(() => apply(tfms, ImageBlock().collate(pictures), split));
      const late = tf.tidy(() => apply(tfms, lazy as LazyImageBatch, split));
      expect(late.shape).toEqual(made.shape);
      expectAllClose(late, made, { atol: 1e-5 });
    });
  },
);

test("a transform that does not support them receives the batch's tensor", () => {
  given.splice(0);
  apply([new Invert()], new LazyImageBatch([noise(1)], [40, 40]), 'train');
  expect(given[0]).toBeInstanceOf(tf.Tensor);
});

test('they know their shape before they are computed, and leak no tensor', async () => {
  const before = tf.memory().numTensors;
  const lazy = new LazyImageBatch([noise(1), noise(2)], [40, 40]);
  expect(lazy.shape).toEqual([2, 40, 40, 3]);
  const zoom = new Pipeline(setupAugTfms([new Zoom({ p: 1, size: [10, 12] })]));
  const [small] = (await zoom.apply([lazy], ['image'], { split: 'train', rng: new Rng(1) })) as [
    LazyImageBatch,
  ];
  expect(small.shape).toEqual([2, 10, 12, 3]);
  expect(tf.memory().numTensors).toBe(before);
  const made = small.compute();
  expect(made.shape).toEqual(small.shape);
  expect(tf.memory().numTensors).toBe(before + 1);
});
