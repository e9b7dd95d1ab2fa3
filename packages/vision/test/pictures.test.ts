import { Pipeline, Rng } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import fixture from '../fixtures/pictures.json';
import { LazyImage, Resize } from '../src/index.js';

const bytesOf = (file: string) => Buffer.from(file, 'base64');

/** How much another decoder may differ, or resizing before the pixels are rounded to 8 bits. */
function tolerance(name: string): number {
  return /AVIF|16 bits|floats/.test(name) ? 1 : 0;
}

async function resized(image: LazyImage, size: readonly [number, number]) {
  const tfm = new Resize(size, { method: 'squish' });
  const [small] = await new Pipeline([tfm]).apply([image], ['image'], { split: 'valid', rng: new Rng(1) });
  return (small as LazyImage).compute();
}

test.each(fixture.cases.map((one) => [one.name, one] as const))(
  "%s has Pillow's pixels",
  async (name, one) => {
    const [height, width] = one.size as [number, number];
    const image = await new LazyImage(bytesOf(one.file)).compute();
    expect(image).toMatchObject({ height, width, channels: 3 });
    expectAllClose(image.data, one.values, { atol: tolerance(name) });
    expect(await new LazyImage(bytesOf(one.file)).size()).toEqual([height, width]);
  },
);

test.each(fixture.cases.map((one) => [one.name, one] as const))(
  '%s is resized like its pixels',
  async (name, one) => {
    const [height, width] = one.size as [number, number];
    const whole = await resized(new LazyImage(bytesOf(one.file)), [height, width]);
    expectAllClose(whole.data, one.values, { atol: tolerance(name) });
    const pixels = { data: Uint8Array.from(one.values), height, width, channels: 3 } as const;
    const size = [Math.ceil(height / 1.5), Math.ceil(width / 1.5)] as const;
    const [fromFile, fromPixels] = [
      await resized(new LazyImage(bytesOf(one.file)), size),
      await resized(new LazyImage(pixels), size),
    ];
    expectAllClose(fromFile.data, fromPixels.data, { atol: tolerance(name) });
  },
);
