import { Pipeline, type Pixels, Rng, type Split, Transform } from '@fastts/core';
import { expectAllClose, meanDifference } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/presizing.json';
import {
  Brightness,
  type ColorMode,
  Contrast,
  CropPad,
  DecodeImage,
  Flip,
  FlipItem,
  ImageBlock,
  imagenetStats,
  LazyImage,
  type LazyImageBatch,
  Normalize,
  Resize,
  Rotate,
  setupAugTfms,
  Warp,
  Zoom,
} from '../src/index.js';
import { hashUniform } from './hashFill.js';

const [height, width] = fixture.input as [number, number];

function noise(key: number, count = 1): Pixels[] {
  const each = height * width * 3;
  const bytes = Uint8Array.from(hashUniform(key, count * each), (value) => Math.round(value * 255));
  return Array.from({ length: count }, (_, i) => {
    return { data: bytes.slice(i * each, (i + 1) * each), height, width, channels: 3 };
  });
}

async function load(
  source: Pixels | Uint8Array,
  tfms: Transform[],
  { mode = 'rgb', split = 'valid' }: { mode?: ColorMode; split?: Split } = {},
): Promise<LazyImage> {
  const pipeline = new Pipeline([...tfms, new DecodeImage()]);
  const context = { split, rng: new Rng(1) };
  const [image] = await pipeline.apply([new LazyImage(source, mode)], ['image'], context);
  return image as LazyImage;
}

eachEngine(() => {
  test.each(fixture.cases)(
    "presizing, augmentation and normalization have fastai's batch of $size pixels, except for its rounding to bytes",
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
      // Pillow rounds to bytes after each of two passes; lighting then amplifies the error by up to 2, and
      // normalization by 1 / 0.224.
      const rounding = ((1 / 255) * 2) / 0.224;
      expectAllClose(batch, values, { atol: rounding });
      expect(meanDifference(batch, values)).toBeLessThan(rounding / 6);
    },
  );

  test('a batch can contain an image to be enlarged and one of the final size', async () => {
    const resize = new Resize(fixture.item);
    const still = await load(noise(3)[0]!, [resize]);
    const sized = await (await load(noise(4)[0]!, [resize])).compute();
    const [both, first, second] = [[still, sized], [still], [sized]].map((images) =>
      ImageBlock().collate(images),
    );
    expect(both!.shape).toEqual([2, fixture.item, fixture.item, 3]);
    expect(both!.dataSync()).toEqual(tf.concat([first!, second!]).dataSync());
    expectAllClose(second!.mul(255), sized.data, { atol: 1e-4 });
  });
});

describe('the step that an item transform defers to the batch', () => {
  const file = async () => {
    const [{ data }] = noise(5) as [Pixels];
    return sharp(data, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
  };

  test('crops at integer pixels and enlarges', async () => {
    const enlarged = await load(await file(), [new Resize([60, 30])]);
    // Only the cropped part is in memory.
    expect(enlarged.source).toMatchObject({ height: 20, width: 10, channels: 3 });
    expect(enlarged.forBatch().size).toEqual([60, 30]);
    expect(await enlarged.compute()).toMatchObject({ height: 60, width: 30 });
    const gray = await load(await file(), [new Resize([60, 30])], { mode: 'gray' });
    expect(gray.source).toMatchObject({ channels: 1 });
    // A side that shrinks is reduced before.
    const mixed = await load(await file(), [new Resize([19, 50], { method: 'squish' })]);
    expect(mixed.source).toMatchObject({ height: 19, width });
    expect(mixed.forBatch().size).toEqual([19, 50]);
    // Padding is also done before, as in fastai.
    const padded = await load(await file(), [new Resize([60, 30], { method: 'pad' })]);
    expect(padded.source).toMatchObject({ height: 52, width });
    expect(padded.forBatch().size).toEqual([60, 30]);
  });

  test.each<[string, Transform[]]>([
    ['to shrink', [new Resize(16)]],
    ['padding an image of that size', [new CropPad([height, width + 4])]],
    ['to mirror', [new Resize(60), Object.assign(new FlipItem({ p: 1 }), { order: 2 })]],
    ['nothing', []],
  ])('is not %s', async (_name, tfms) => {
    const image = await load(await file(), tfms, { split: 'train' });
    expect(image.forBatch()).toEqual({ part: image.source, size: await image.size() });
  });

  test('is computed before a custom item transform, which receives pixels', async () => {
    const seen: Pixels[] = [];
    class Look extends Transform {
      override kinds = ['image'];
      encodes(image: Pixels): Pixels {
        seen.push(image);
        return image;
      }
    }
    const after = Object.assign(new Look(), { order: 6 });
    expect(await load(await file(), [new Resize(60), after])).toBe(seen[0]);
    expect(seen[0]).toMatchObject({ height: 60, width: 60 });
    // A transform before it receives the whole image, whose pixels are resized afterwards.
    const image = await load(await file(), [new Look(), new Resize(60)]);
    expect(seen[1]).toMatchObject({ height, width });
    expect(await image.compute()).toMatchObject({ height: 60, width: 60 });
  });

  test('is possible only if all images of a batch get the same size', async () => {
    const [first, second] = await Promise.all([load(await file(), [new Resize(60)]), load(await file(), [])]);
    expect(() => ImageBlock().lazyCollate([first, second])).toThrow(
      'one image has 60×60 pixels, another 20×26: add an item transform, such as Resize.',
    );
    expect((ImageBlock().lazyCollate([first]) as LazyImageBatch).shape).toEqual([1, 60, 60, 3]);
  });
});
