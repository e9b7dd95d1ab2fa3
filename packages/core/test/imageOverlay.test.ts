import { imageGrid } from '@fastts/core';
import sharp from 'sharp';

const black = { pixels: new Uint8Array(20 * 10 * 3), width: 20, height: 10 };

it('draws masks, points and boxes over a picture', async () => {
  const classes = Uint8Array.from({ length: 200 }, (_, i) => (i % 20 < 10 ? 0 : 1));
  const figure = await imageGrid(
    [
      { ...black, mask: { classes, width: 20, height: 10 } },
      { ...black, points: [[0.5, 0]], boxes: [{ box: [-1, -1, 0, 1], label: 'a & b' }] },
    ],
    { columns: 2, cellSize: 100 },
  );
  expect(figure.svg()).toContain('>a &#38; b<');
  const { data, info } = await sharp(await figure.png({ scale: 1 }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => [...data.subarray(3 * (y * info.width + x)).subarray(0, 3)];
  // The pictures are 100 × 50, in the middle of their cells.
  expect(pixel(16 + 25, 16 + 50)).toEqual([0, 0, 0]);
  const [red, green, blue] = pixel(16 + 75, 16 + 50) as [number, number, number];
  expect(blue).toBeGreaterThan(green);
  expect(green).toBeGreaterThan(red);
  expect(pixel(128 + 75, 16 + 50)[0]).toBeGreaterThan(200);
  expect(pixel(128 + 50, 16 + 60)).toEqual([255, 255, 255]);
  expect(pixel(128 + 60, 16 + 40)).toEqual([0, 0, 0]);
});

it('draws nothing beyond the picture, and moves a label into it', async () => {
  const boxes = [
    { box: [-3, -3, 0, 0], label: 'a label that begins outside' },
    { box: [2, 2, 3, 3], label: 'far' },
  ] as const;
  const figure = await imageGrid([{ ...black, points: [[-1.2, 0]], boxes }], { cellSize: 100 });
  const svg = figure.svg();
  expect(svg).not.toContain('far');
  expect(Number(/<text x="([\d.]+)"[^>]*>a label/.exec(svg)![1])).toBe(3);
  const { data, info } = await sharp(await figure.png({ scale: 1 }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const outside = [...data].filter((_, i) => {
    const [x, y] = [Math.floor(i / 3) % info.width, Math.floor(i / 3 / info.width)];
    return x < 16 || x >= 116 || y < 16 + 25 || y >= 16 + 75;
  });
  expect(new Set(outside)).toEqual(new Set([255]));
});

it('gives each class of a mask a colour of its own', async () => {
  const classes = Uint8Array.from({ length: 200 }, (_, i) => i % 40);
  const white = { pixels: new Uint8Array(600).fill(255), width: 40, height: 5 };
  const figure = await imageGrid([{ ...white, mask: { classes, width: 40, height: 5 } }], { cellSize: 400 });
  const { data, info } = await sharp(await figure.png({ scale: 1 }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const row = info.width * (16 + 200);
  const colours = Array.from({ length: 40 }, (_, k) => {
    const at = 3 * (row + 16 + 10 * k + 5);
    return data.subarray(at, at + 3).join();
  });
  expect(new Set(colours).size).toBe(40);
});

it('says which mask does not fit', async () => {
  const figure = imageGrid([{ ...black, mask: { classes: new Uint8Array(3), width: 2, height: 2 } }]);
  await expect(figure).rejects.toThrow('A mask of 2 × 2 pixels needs a class for each; got 3.');
});
