import { Pipeline, Rng, type Split, type Transform } from '@fastts/core';
import { expectAllClose, meanDifference } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/presizing.json';
import {
  Brightness,
  type ColourMode,
  Contrast,
  DecodeImage,
  Flip,
  FlipItem,
  FramedImage,
  ImageBlock,
  imagenetStats,
  LazyImage,
  type LazyImages,
  Normalize,
  type RawImage,
  Resize,
  Rotate,
  setupAugTfms,
  Warp,
  Zoom,
} from '../src/index.js';
import { hashUniform } from './hashFill.js';

const [height, width] = fixture.input as [number, number];

function noise(key: number, count = 1): RawImage[] {
  const each = height * width * 3;
  const bytes = Uint8Array.from(hashUniform(key, count * each), (value) => Math.round(value * 255));
  return Array.from({ length: count }, (_, i) => {
    return { data: bytes.slice(i * each, (i + 1) * each), height, width, channels: 3 };
  });
}

async function load(
  source: RawImage | Uint8Array,
  tfms: Transform[],
  { mode = 'rgb', split = 'valid' }: { mode?: ColourMode; split?: Split } = {},
): Promise<unknown> {
  const pipeline = new Pipeline([...tfms, new DecodeImage()]);
  const context = { split, rng: new Rng(1) };
  return (await pipeline.apply([new LazyImage(source, mode)], ['image'], context))[0];
}

eachEngine(() => {
  test.each(fixture.cases)(
    "presizing, augmentation and normalising give fastai's batch of $size pixels, but for its rounding to bytes",
    async ({ size, values }) => {
      const item = new Resize(fixture.item);
      const pictures = await Promise.all(noise(17, 2).map((picture) => load(picture, [item])));
      const tfms = setupAugTfms([
        new Flip({ p: 1, draw: [1, 0], size }),
        new Warp({ p: 1, drawX: [0.2, -0.1], drawY: [0.1, 0.15] }),
        new Rotate({ p: 1, draw: [20, -8] }),
        new Zoom({ p: 1, draw: [1.1, 1.05], drawX: [0.2, 0.6], drawY: [0.9, 0.4] }),
        new Brightness({ p: 1, draw: [0.4, 0.6] }),
        new Contrast({ p: 1, draw: [0.8, 1.25] }),
      ]);
      const batch = tf.tidy(() => {
        const pipeline = new Pipeline([...tfms, Normalize.fromStats(imagenetStats)]);
        const images = ImageBlock().lazyCollate(pictures);
        return pipeline.applySync([images], ['image'], { split: 'train', rng: new Rng(1) })[0] as tf.Tensor;
      });
      // Pillow rounds to a byte after each of two passes; then light stretches by up to 2, and normalising by 1 / 0.224.
      const rounding = ((1 / 255) * 2) / 0.224;
      expectAllClose(batch, values, { atol: rounding });
      expect(meanDifference(batch, values)).toBeLessThan(rounding / 6);
    },
  );

  test('a picture that is still to be enlarged and one that has its size make a batch', async () => {
    const resize = new Resize(fixture.item);
    const still = await load(noise(3)[0]!, [resize]);
    const sized = await ((await load(noise(4)[0]!, [resize])) as FramedImage).compute();
    const [both, first, second] = [[still, sized], [still], [sized]].map((images) =>
      ImageBlock().collate(images),
    );
    expect(both!.shape).toEqual([2, fixture.item, fixture.item, 3]);
    expect(both!.dataSync()).toEqual(tf.concat([first!, second!]).dataSync());
    expectAllClose(second!.mul(255), sized.data, { atol: 1e-4 });
  });
});

describe('what an item transform leaves to the batch', () => {
  const file = async () => {
    const [{ data }] = noise(5) as [RawImage];
    return sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
  };

  test('is to cut in whole pixels and to enlarge', async () => {
    const enlarged = (await load(await file(), [new Resize([60, 30])])) as FramedImage;
    expect(enlarged).toBeInstanceOf(FramedImage);
    expect(enlarged.size).toEqual([60, 30]);
    // Only what is shown is kept.
    expect(enlarged.image).toMatchObject({ height: 20, width: 10 });
    expect(await enlarged.compute()).toMatchObject({ height: 60, width: 30 });
    const grey = (await load(await file(), [new Resize([60, 30])], { mode: 'grey' })) as FramedImage;
    expect(grey.image.channels).toBe(1);
  });

  test.each<[string, Transform[]]>([
    ['to shrink', [new Resize(16)]],
    ['to shrink one side', [new Resize([19, 50], { method: 'squish' })]],
    ['to fill up', [new Resize([60, 30], { method: 'pad' })]],
    ['to mirror', [new Resize(60), Object.assign(new FlipItem({ p: 1 }), { order: 2 })]],
    ['nothing', []],
  ])('is not %s', async (_name, tfms) => {
    const image = await load(await file(), tfms, { split: 'train' });
    expect(image).not.toBeInstanceOf(FramedImage);
  });

  test('is done for an item transform of a user, who sees pixels', async () => {
    const seen: RawImage[] = [];
    const look = Object.assign(new DecodeImage(), {
      order: 6,
      encodes: (image: RawImage) => {
        seen.push(image);
        return image;
      },
    });
    const image = await load(await file(), [new Resize(60), look]);
    expect(image).toMatchObject({ height: 60, width: 60 });
    expect(seen).toEqual([image]);
  });

  test('is in a batch only where all get one size', async () => {
    const [first, second] = await Promise.all([load(await file(), [new Resize(60)]), load(await file(), [])]);
    expect(() => ImageBlock().lazyCollate([first, second])).toThrow('60×60 and another 20×26');
    expect((ImageBlock().lazyCollate([first]) as LazyImages).shape).toEqual([1, 60, 60, 3]);
  });
});
