import { Pipeline, Rng } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/augment.json';
import { augTransforms, Flip, Rotate, setupAugTfms, Zoom } from '../src/index.js';
import { hashImages } from './hashFill.js';

eachEngine(() => {
  test('a second image and a mask of other sizes keep their sizes, and are transformed like in fastai', () => {
    const { picture, mask } = fixture.second;
    const [height, width] = picture.input as [number, number];
    const tfms = setupAugTfms([
      new Flip({ p: 1, draw: [1, 0] }),
      new Rotate({ p: 1, draw: [20, -8] }),
      new Zoom({ p: 1, draw: 1.1, drawX: 0.2, drawY: 0.9 }),
    ]);
    const values = [
      hashImages(7, 2, 9, 12),
      hashImages(8, 2, height, width),
      tf.tensor3d(mask.values, undefined, 'int32'),
    ];
    const [, second, masks] = new Pipeline(tfms).applySync(values, ['image', 'image', 'mask'], {
      split: 'train',
      rng: new Rng(1),
    }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    expect(second.shape).toEqual([2, ...picture.output, 3]);
    expectAllClose(second, picture.values, { atol: 2e-5 });
    expect(masks.arraySync()).toEqual(mask.moved);
  });

  test('with a size, all images are resized to it, also in validation', () => {
    const values = [hashImages(1, 2, 8, 8), hashImages(2, 2, 16, 12)];
    for (const split of ['train', 'valid'] as const) {
      const resized = new Pipeline(augTransforms({ size: 8 })).applySync(values, ['image', 'image'], {
        split,
        rng: new Rng(1),
      }) as tf.Tensor[];
      expect(resized.map(({ shape }) => shape)).toEqual([
        [2, 8, 8, 3],
        [2, 8, 8, 3],
      ]);
    }
  });
});
