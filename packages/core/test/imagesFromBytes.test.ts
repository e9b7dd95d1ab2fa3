import {
  changeLogits,
  type ImageSampling,
  type ImageSteps,
  imagesFromBytes,
  normalizeChannels,
  type Pixels,
  type PixelsPart,
  Rng,
  ShapeError,
  sampleImages,
} from '@fastts/core';
import { expectNormClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';

const noise = (seed: number, height: number, width: number, channels: Pixels['channels']): PixelsPart => {
  const random = new Rng(seed);
  const data = Uint8Array.from({ length: height * width * channels }, () => random.int(256));
  return { data, height, width, channels };
};

eachEngine(() => {
  it('converts bytes to a batch', () => {
    const pictures = [[0, 255, 51] as const, [1, 2, 3] as const].map(
      (bytes): Pixels => ({
        data: Uint8Array.from(bytes),
        height: 1,
        width: 1,
        channels: 3,
      }),
    );
    const batch = imagesFromBytes(pictures, 1);
    expectNormClose(batch, { shape: [2, 1, 1, 3], values: [0, 1, 0.2, 1 / 255, 2 / 255, 3 / 255] }, 1e-7);
  });

  describe.each([1, 2, 3] as const)('bytes with %i channels', (channels) => {
    const box = { left: 1, top: 2, width: 5, height: 7 };
    const pictures = () => [noise(1, 13, 10, channels), { ...noise(2, 9, 8, channels), box }];
    const logits = { scale: [1.2, 0.8], shift: [0.1, -0.2] };
    const stats = { mean: [0.4, 0.5, 0.6].slice(0, channels), std: [0.2, 0.3, 0.25].slice(0, channels) };
    const still = [1.3, 0, 0, 0, 1.1, 0, 0, 0];
    const matrices = Float32Array.of(...[1.2, 0.3, -2, -0.2, 1.4, 1.5, 0.01, -0.02], ...still);
    const sampling: ImageSampling = { matrices, size: [6, 5], padMode: 'reflection', mode: 'bilinear' };
    const part = { left: 3, top: 1, width: 17, height: 15 };

    it.each<[string, ImageSteps]>([
      ['nothing more', {}],
      ['a change of lighting', { logits }],
      ['normalizing', { stats: { mean: [0.4], std: [0.2] } }],
      ['sampling', { sampling }],
      [
        'reducing a part by averaging, with zeros outside',
        { sampling: { ...sampling, part, shrunk: [9, 8], padMode: 'zeros' } },
      ],
      [
        'nearest pixels, and normalization',
        { sampling: { ...sampling, mode: 'nearest', padMode: 'border' }, stats },
      ],
      ['all steps', { sampling: { ...sampling, shrunk: [11, 12] }, logits, stats }],
    ])('give the same result in one pass as step by step: %s', (_name, steps) => {
      const size: [number, number] = [20, 24];
      const once = imagesFromBytes(pictures(), size, steps);
      const resized = pictures().map(({ data, height, width, box }) => {
        const values = tf.tensor4d(Float32Array.from(data), [1, height, width, channels]);
        const { left, top, ...shown } = box ?? { left: 0, top: 0, width, height };
        const cut = tf.slice(values, [0, top, left, 0], [1, shown.height, shown.width, channels]);
        return tf.div(tf.image.resizeBilinear(cut, size, false, true), 255);
      });
      let images = tf.concat(resized) as tf.Tensor4D;
      if (steps.sampling) images = sampleImages(images, steps.sampling);
      if (steps.logits) images = changeLogits(images, steps.logits);
      if (steps.stats) images = normalizeChannels(images, steps.stats);
      expectNormClose(once, images);
    });
  });
});

it('throws an error that names the image that does not match', () => {
  const picture: Pixels = { data: new Uint8Array(12), height: 2, width: 2, channels: 3 };
  const short = { ...picture, data: new Uint8Array(5) };
  expect(() => imagesFromBytes([picture, short], 2)).toThrow(ShapeError);
  expect(() => imagesFromBytes([picture, short], 2)).toThrow(/Image 1 .* has 5 bytes.*need 12/);
  const gray: Pixels = { ...picture, data: new Uint8Array(4), channels: 1 };
  expect(() => imagesFromBytes([picture, gray], 2)).toThrow(/1 channels, but the first has 3/);
  const beyond = { ...picture, box: { left: 1, top: 0, width: 2, height: 2 } };
  expect(() => imagesFromBytes([beyond], 2)).toThrow(/image 0 must have integer sides within its 2×2/);
});
