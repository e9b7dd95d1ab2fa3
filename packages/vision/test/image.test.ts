import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pipeline, type Pixels, Rng, type Split, type Transform } from '@fastts/core';
import { EmptySourceError } from '@fastts/data';
import { expectAllClose, meanDifference } from '@fastts/testing/allClose';
import sharp from 'sharp';
import cmyk from '../fixtures/cmyk.json';
import fixture from '../fixtures/resize.json';
import { resizePixels } from '../src/image/resizePixels.js';
import {
  getImageFiles,
  ImageBlock,
  ImageError,
  LazyImage,
  RandomResizedCrop,
  Resize,
  setMaxImagePixels,
} from '../src/index.js';
import { drawCropBox, largestBox } from '../src/itemTransforms/cropBox.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fastts-vision-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The fixture script's image of smooth colors. */
function picture(height: number, width: number): Pixels {
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const blue = 127.5 + 127.5 * Math.sin(x / 9) * Math.cos(y / 7);
      data.set(
        [(255 * x) / (width - 1), (255 * y) / (height - 1), blue].map(Math.round),
        3 * (y * width + x),
      );
    }
  }
  return { data, width, height, channels: 3 };
}

function asSharp({ data, width, height, channels }: Pixels) {
  return sharp(data, { raw: { width, height, channels } });
}

async function through(tfm: Transform, image: LazyImage, split: Split, seed = 1): Promise<Pixels> {
  const [result] = await new Pipeline([tfm]).apply([image], ['image'], { split, rng: new Rng(seed) });
  return (result as LazyImage).compute();
}

describe('resizePixels, for pages', () => {
  const [height, width] = fixture.input as [number, number];
  const cases = fixture.cases.filter(({ name }) => !/pad|enlarged/.test(name));

  test.each(cases)('has the same pixels as Pillow for $name', ({ size, options, values }) => {
    const [outHeight, outWidth] = size as [number, number];
    const scale = Math.min(width / outWidth, height / outHeight);
    const [boxWidth, boxHeight] =
      'method' in options ? [width, height] : [Math.trunc(scale * outWidth), Math.trunc(scale * outHeight)];
    const box = {
      left: (width - boxWidth) / 2,
      top: (height - boxHeight) / 2,
      width: boxWidth,
      height: boxHeight,
    };
    const resized = resizePixels(picture(height, width), box, [outHeight, outWidth]);
    expectAllClose(resized.data, Uint8Array.from(values), { atol: 1 });
  });

  test.each([370, 224, 128, 93, 32, 20])(
    'has the same pixels as in Node for a crop that shrinks to %i, up to a level on average',
    async (side) => {
      const image = picture(375, 500);
      const inNode = await through(new Resize(side), new LazyImage(image), 'valid');
      const inPage = resizePixels(image, { left: 62, top: 0, width: 375, height: 375 }, [side, side]);
      expect(meanDifference(inPage.data, inNode.data)).toBeLessThan(0.8);
    },
  );

  test('does not change an image of that size', () => {
    const image = picture(9, 7);
    expect(resizePixels(image, { left: 0, top: 0, width: 7, height: 9 }, [9, 7])).toEqual(image);
  });
});

describe('LazyImage', () => {
  const { data, ...size } = picture(12, 8);

  test.each([
    ['png', 0],
    ['webp', 0],
    ['tiff', 30],
    ['gif', 60],
    ['avif', 60],
  ] as const)('reads %s', async (format, tolerance) => {
    const path = join(folder, `picture.${format}`);
    await asSharp({ data, ...size })
      .toFormat(format, { lossless: true })
      .toFile(path);
    const image = await new LazyImage(path).compute();
    expect(image).toMatchObject(size);
    expectAllClose(image.data, data, { atol: tolerance });
  });

  test('converts grayscale, transparent, 16-bit and CMYK images to RGB', async () => {
    const image = () => asSharp({ data, ...size });
    const files = {
      gray: await image().grayscale().png().toBuffer(),
      transparent: await image().ensureAlpha(0.5).png().toBuffer(),
      sixteen: await image().toColorspace('rgb16').png().toBuffer(),
      cmyk: await image().toColorspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
    };
    for (const [name, file] of Object.entries(files)) {
      const pixels = await new LazyImage(file).compute();
      expect([name, pixels.data.length, pixels.channels]).toEqual([name, data.length, 3]);
    }
    expect((await new LazyImage(files.transparent).compute()).data).toEqual(data);
    expect((await new LazyImage(files.sixteen).compute()).data).toEqual(data);
  });

  test.each(cmyk.cases.map((c) => [c.name, c] as const))(
    "converts the CMYK of %s to RGB with Pillow's values",
    async (_name, { file, values }) => {
      const bytes = Buffer.from(file, 'base64');
      const image = await new LazyImage(bytes).compute();
      expect(image).toMatchObject({ width: 16, height: 16, channels: 3 });
      expect([...image.data]).toEqual(values);
      const whole = await through(new Resize(16), new LazyImage(bytes), 'valid');
      expect([...whole.data]).toEqual(values);
    },
  );

  test("converts to grayscale with Pillow's weights", async () => {
    const source: Pixels = {
      data: Uint8Array.of(200, 100, 50, 255, 255, 255),
      width: 2,
      height: 1,
      channels: 3,
    };
    const { data: gray, channels } = await new LazyImage(source, 'gray').compute();
    expect([...gray, channels]).toEqual([124, 255, 1]);
  });

  test('rotates an image according to its EXIF orientation before cropping', async () => {
    const file = await asSharp({ data, ...size })
      .png()
      .withMetadata({ orientation: 6 })
      .toBuffer();
    const turned = await new LazyImage(file).compute();
    expect([turned.width, turned.height]).toEqual([12, 8]);
    const upright = await asSharp({ data, ...size })
      .rotate(90)
      .raw()
      .toBuffer();
    expectAllClose(turned.data, upright, { atol: 0 });
    const squished = await through(new Resize([8, 12]), new LazyImage(file), 'valid');
    expectAllClose(squished.data, upright, { atol: 0 });
  });

  test.each([
    ['a missing file', null, 'the file does not exist'],
    ['a file that is not an image', 'just text', 'it is not an image in a supported format (JPEG, PNG, '],
    ['an empty file', '', 'the file is empty'],
  ])('names %s in the error', async (name, contents, reason) => {
    const path = join(folder, `${name}.jpg`);
    if (contents !== null) writeFileSync(path, contents);
    const reading = new LazyImage(path).compute();
    await expect(reading).rejects.toThrow(ImageError);
    await expect(reading).rejects.toThrow(`${path} cannot be read as an image: ${reason}`);
  });

  test.each([undefined, null, 7, {}])('rejects %j as an image', async (source) => {
    // @ts-expect-error: none of these is an image
    const reading = new LazyImage(source).size();
    await expect(reading).rejects.toThrow(ImageError);
    await expect(reading).rejects.toThrow(/a path, a file's bytes, or pixels, got .*: check getX and getY/);
  });

  test('a truncated image is an error', async () => {
    const path = join(folder, 'cut.jpg');
    const whole = await asSharp(picture(200, 200)).jpeg().toBuffer();
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    await expect(new LazyImage(path).compute()).rejects.toThrow(path);
  });
});

describe('an image that cannot be decoded', () => {
  const { data, ...raw } = picture(40, 60);
  const encode = (format: 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif') =>
    sharp(data, { raw }).toFormat(format).toBuffer();
  const messageOf = (file: Uint8Array) =>
    new LazyImage(file).compute().then(
      () => 'none',
      (error: Error) => error.message,
    );

  test.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)(
    'is named in one line if it is a %s that is cut off anywhere',
    async (format) => {
      const file = await encode(format);
      for (const length of [1, 3, 12, 40, 100, file.length >> 1, file.length - 20]) {
        const message = await messageOf(file.subarray(0, length));
        expect(message).toMatch(
          /^The given image cannot be read as an image: (its header is damaged or truncated|it is damaged or truncated|it is not an image in a supported format)[^\n]*$/,
        );
        expect(message).not.toMatch(/bad seek|Unknown error|: *$/);
      }
    },
  );

  test('names the limit of pixels and how to raise it', async () => {
    const file = await encode('png');
    setMaxImagePixels(2399);
    try {
      for (const reading of [
        new LazyImage(file).compute(),
        new LazyImage(file).size(),
        new LazyImage(file, 'mask').compute(),
      ]) {
        await expect(reading).rejects.toThrow(
          'it has 40×60 pixels, more than the limit of 2399: raise it by setMaxImagePixels(count)',
        );
      }
      setMaxImagePixels(2400);
      expect(await new LazyImage(file).size()).toEqual([40, 60]);
    } finally {
      setMaxImagePixels(268402689);
    }
    expect(() => setMaxImagePixels(0)).toThrow('count must be an integer');
  });

  test('is named if it is a folder', async () => {
    await expect(new LazyImage(folder).compute()).rejects.toThrow(
      'cannot be read as an image: it is a folder',
    );
  });
});

describe('Resize', () => {
  const [height, width] = fixture.input as [number, number];
  const image = new LazyImage(picture(height, width));

  test.each(fixture.cases.map((c) => [c.name, c] as const))(
    'in validation resizes like fastai: %s',
    async (_name, { size, options, values }) => {
      const [height, width] = size as [number, number];
      const { method, pad_mode: padMode } = options as { method?: 'pad'; pad_mode?: 'zeros' };
      const result = await through(new Resize([height, width], { method, padMode }), image, 'valid');
      expect([result.height, result.width]).toEqual(size);
      const whole = values.length === result.data.length;
      const part = whole ? result.data : topLeft(result, Math.sqrt(values.length / 3));
      expect(meanDifference(part, values)).toBeLessThan(method === 'pad' ? 3 : 1.5);
    },
  );

  test('pads outside of the image', async () => {
    const column = async (padMode: 'zeros' | 'border' | 'reflection') => {
      const { data } = await through(new Resize([20, 10], { method: 'pad', padMode }), image, 'valid');
      return Array.from({ length: 20 }, (_, y) => data[30 * y + 1]!);
    };
    const inside = (await column('zeros')).slice(6, 14);
    expect(await column('zeros')).toEqual([0, 0, 0, 0, 0, 0, ...inside, 0, 0, 0, 0, 0, 0]);
    const [first, last] = [inside[0]!, inside[7]!];
    expect((await column('border')).slice(0, 7)).toEqual(new Array(7).fill(first));
    expect((await column('border')).slice(13)).toEqual(new Array(7).fill(last));
    expect((await column('reflection')).slice(0, 6)).toEqual(inside.slice(0, 6).reverse());
    expect((await column('reflection')).slice(14)).toEqual(inside.slice(2).reverse());
  });

  test.each([
    [1, 500],
    [2000, 3],
  ])('resizes a line of %i × %i pixels', async (height, width) => {
    for (const method of ['crop', 'pad', 'squish'] as const) {
      const line = new LazyImage(picture(height, width));
      const shown = await through(new Resize([16, 8], { method, padMode: 'zeros' }), line, 'valid');
      expect([shown.height, shown.width]).toEqual([16, 8]);
      expect(Math.max(...shown.data)).toBeGreaterThan(0);
    }
  });

  test('in training keeps a random part, repeatable by the seed', async () => {
    const tfm = new Resize(16);
    const [a, b, c] = await Promise.all([1, 1, 5].map((seed) => through(tfm, image, 'train', seed)));
    expect(a!.data).toEqual(b!.data);
    expect(a!.data).not.toEqual(c!.data);
    // Red increases to the right: the whole height is kept, and three quarters of the width.
    const reds = await Promise.all(
      Array.from({ length: 30 }, async (_, seed) => (await through(tfm, image, 'train', seed)).data[0]!),
    );
    expect(Math.min(...reds)).toBeLessThan(20);
    expect(Math.max(...reds)).toBeGreaterThan(45);
    expect(Math.max(...reds)).toBeLessThan(72);
  });

  test('resizes a large JPEG, which is decoded at reduced size', async () => {
    const file = await asSharp(picture(360, 520)).jpeg({ quality: 95 }).toBuffer();
    const result = await through(new Resize(90), new LazyImage(file), 'valid');
    expect([result.height, result.width]).toEqual([90, 90]);
    // The middle 360 of 520 columns: red from 39 to 216.
    expect(Math.abs(result.data[0]! - 40)).toBeLessThan(4);
    expect(Math.abs(result.data[3 * 89]! - 215)).toBeLessThan(4);
  });

  test('rejects an invalid size', () => {
    expect(() => new Resize(0)).toThrow('size');
    expect(() => new Resize(12.5)).toThrow('12.5');
  });
});

describe('RandomResizedCrop', () => {
  const [height, width] = fixture.input as [number, number];
  const image = new LazyImage(picture(height, width));

  test('in validation keeps the center, like fastai', async () => {
    const result = await through(new RandomResizedCrop(16), image, 'valid');
    expect(meanDifference(result.data, fixture.randomResizedCrop)).toBeLessThan(1.5);
  });

  test('in training returns the given size, repeatable by the seed', async () => {
    const tfm = new RandomResizedCrop([20, 30]);
    for (let seed = 0; seed < 20; seed++) {
      const result = await through(tfm, image, 'train', seed);
      expect([result.height, result.width]).toEqual([20, 30]);
    }
    expect((await through(tfm, image, 'train', 3)).data).toEqual(
      (await through(tfm, image, 'train', 3)).data,
    );
  });

  test('draws crops of the given areas and aspect ratios, within the image', () => {
    const rng = new Rng(1);
    const boxes = Array.from({ length: 500 }, () =>
      drawCropBox(300, 400, { minScale: 0.25, maxScale: 0.5 }, rng),
    );
    for (const { left, top, width, height } of boxes) {
      expect(left >= 0 && top >= 0 && left + width <= 400 && top + height <= 300).toBe(true);
      expect(width / height).toBeGreaterThan(0.74);
      expect(width / height).toBeLessThan(1.35);
      expect((width * height) / 120000).toBeGreaterThan(0.245);
      expect((width * height) / 120000).toBeLessThan(0.505);
    }
  });

  test('uses the largest crop of an allowed aspect ratio if no draw fits', () => {
    expect(drawCropBox(10, 1000, { minScale: 1 }, new Rng(1))).toEqual(largestBox(10, 1000));
    expect(largestBox(10, 1000)).toEqual({ left: 493, top: 0, width: 13, height: 10 });
  });

  test('keeps at least one pixel', () => {
    const box = drawCropBox(2, 3, { minScale: 0.001, maxScale: 0.01 }, new Rng(1));
    expect([box.width, box.height]).toEqual([1, 1]);
  });
});

describe('ImageBlock', () => {
  test('collates images of equal size into batches, and shows them', async () => {
    const block = ImageBlock();
    const batch = block.collate([picture(4, 6), picture(4, 6)]);
    expect(batch.shape).toEqual([2, 4, 6, 3]);
    expect(batch.dataSync()[15]).toBeCloseTo(1);
    const [decoded] = await block.decodeBatch(batch);
    expect((decoded as Pixels).data).toEqual(picture(4, 6).data);
    expect(await block.show(decoded as Pixels)).toEqual({ image: decoded });
  });

  test('names sizes that cannot be collated', () => {
    expect(() => ImageBlock().collate([picture(4, 6), picture(5, 6)])).toThrow(
      'one image has 4×6 pixels, another 5×6: add an item transform, such as Resize.',
    );
  });
});

describe('getImageFiles', () => {
  test('finds images by their extension, ignoring case', async () => {
    const place = mkdtempSync(join(folder, 'files-'));
    for (const name of ['b.JPEG', 'a.png', 'c.txt', '.hidden.png', 'd.webp'])
      writeFileSync(join(place, name), '');
    expect(getImageFiles(place)).toEqual(['a.png', 'b.JPEG', 'd.webp'].map((name) => join(place, name)));
  });

  test('throws an error if there are none', () => {
    const place = mkdtempSync(join(folder, 'empty-'));
    expect(() => getImageFiles(place)).toThrow(EmptySourceError);
    expect(() => getImageFiles(place)).toThrow(place);
  });
});

function topLeft({ data, width }: Pixels, side: number): number[] {
  return Array.from({ length: side }, (_, y) => [
    ...data.subarray(3 * y * width, 3 * (y * width + side)),
  ]).flat();
}
