import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setQuiet } from '@fastts/core';
import sharp from 'sharp';
import fixture from '../fixtures/factories.json';
import {
  getImageFiles,
  ImageError,
  ImageGetter,
  resizeImages,
  verifyImage,
  verifyImages,
} from '../src/index.js';

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeEach(() => {
  setQuiet(true);
  folder = mkdtempSync(join(tmpdir(), 'fastts-images-'));
});
afterEach(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

async function write(name: string, width: number, height: number, channels: 1 | 3 | 4 = 3): Promise<string> {
  const path = at(name);
  await mkdir(dirname(path), { recursive: true });
  // Noise, so that half of a JPEG file ends within its pixels.
  const noise = sharp({
    create: {
      width,
      height,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 120, sigma: 40 },
    },
  });
  await (channels === 1 ? noise.grayscale() : channels === 4 ? noise.ensureAlpha() : noise).toFile(path);
  return path;
}

const sizeOf = async (path: string) => {
  const { width, height, channels, format } = await sharp(readFileSync(path)).metadata();
  return [width, height, channels, format];
};

test('ImageGetter finds the images in a subfolder', async () => {
  const picture = await write('images/a.png', 2, 2);
  writeFileSync(at('images', 'notes.txt'), '');
  expect(ImageGetter('images')(folder)).toEqual([picture]);
});

test('verifyImages finds missing, truncated and invalid files', async () => {
  const good = [await write('a.png', 20, 10), await write('b.jpg', 64, 64), await write('c.webp', 9, 9)];
  const cut = await write('d.jpg', 64, 64);
  truncateSync(cut, readFileSync(cut).length >> 1);
  writeFileSync(at('e.png'), 'no picture');
  const bad = [cut, at('e.png'), at('none.jpg')];
  expect(await verifyImages([good[0]!, cut, good[1]!, at('e.png'), at('none.jpg'), good[2]!])).toEqual(bad);
  expect(await verifyImages([])).toEqual([]);
  expect([await verifyImage(good[0]!), await verifyImage(cut)]).toEqual([true, false]);
});

describe('resizeImages', () => {
  test.each(fixture.sizes)("resizes to fastai's size: %j", async ({ size, maxSize, to }) => {
    await write('in/a.png', size[0]!, size[1]!);
    expect(await resizeImages(at('in'), { maxSize, dest: at('out') })).toEqual([]);
    expect(await sizeOf(at('out', 'a.png'))).toEqual([...to, 3, 'png']);
  });

  test('copies images that need no change, converts channels, and skips files that cannot be read', async () => {
    const small = await write('in/small.jpg', 20, 10);
    await write('in/gray.png', 40, 20, 1);
    await write('in/clear.png', 4, 4, 4);
    writeFileSync(at('in', 'broken.jpg'), 'no picture');
    const left = await resizeImages(at('in'), { maxSize: 20, dest: at('out') });
    expect(left).toEqual([at('in', 'broken.jpg')]);
    expect(readFileSync(at('out', 'small.jpg'))).toEqual(readFileSync(small));
    expect(await sizeOf(at('out', 'gray.png'))).toEqual([20, 10, 3, 'png']);
    expect(await sizeOf(at('out', 'clear.png'))).toEqual([4, 4, 3, 'png']);
    expect(existsSync(at('out', 'broken.jpg'))).toBe(false);
  });

  test('keeps subfolders, also in place, and processes them only with recurse', async () => {
    await write('x/y/a.jpg', 40, 20);
    await write('b.png', 40, 20);
    await resizeImages(folder, { maxSize: 10, dest: folder });
    expect([await sizeOf(at('x', 'y', 'a.jpg')), await sizeOf(at('b.png'))]).toEqual([
      [40, 20, 3, 'jpeg'],
      [10, 5, 3, 'png'],
    ]);
    await resizeImages(folder, { maxSize: 10, dest: folder, recurse: true });
    expect(await sizeOf(at('x', 'y', 'a.jpg'))).toEqual([10, 5, 3, 'jpeg']);
    expect(getImageFiles(folder)).toHaveLength(2);
  });

  test('writes another format in grayscale, and with resume only missing files', async () => {
    await write('in/a.jpg', 8, 8);
    await write('in/b.jpg', 8, 8);
    await mkdir(at('out'));
    writeFileSync(at('out', 'b.png'), 'there already');
    await resizeImages(at('in'), { dest: at('out'), ext: '.png', nChannels: 1, resume: true });
    expect(await sizeOf(at('out', 'a.png'))).toEqual([8, 8, 1, 'png']);
    expect(readFileSync(at('out', 'b.png'), 'utf8')).toBe('there already');
  });

  test('skips files in a format that cannot be written', async () => {
    await write('in/b.png', 40, 20);
    writeFileSync(
      at('in', 'a.ppm'),
      Buffer.concat([Buffer.from('P6 30 20 255\n'), Buffer.alloc(30 * 20 * 3)]),
    );
    expect(await resizeImages(at('in'), { maxSize: 10, dest: at('out') })).toEqual([at('in', 'a.ppm')]);
    expect(await sizeOf(at('out', 'b.png'))).toEqual([10, 5, 3, 'png']);
    expect(await resizeImages(at('in'), { maxSize: 10, dest: at('out'), ext: '.png' })).toEqual([]);
    expect(await sizeOf(at('out', 'a.png'))).toEqual([10, 6, 3, 'png']);
  });

  test('names the file that cannot be written', async () => {
    await write('in/a.png', 8, 8);
    const writing = resizeImages(at('in'), { dest: at('out'), ext: '.bmp' });
    await expect(writing).rejects.toThrow(ImageError);
    await expect(writing).rejects.toThrow(/a\.bmp cannot be written.*Choose another ext/);
  });
});
