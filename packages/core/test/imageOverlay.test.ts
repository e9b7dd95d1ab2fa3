import { type ImageCell, imageGrid, type Pixels } from '@fastts/core';
import sharp from 'sharp';

const black: Pixels = { data: new Uint8Array(20 * 10 * 3), width: 20, height: 10, channels: 3 };

it('draws masks, points and boxes over an image', async () => {
  const data = Uint8Array.from({ length: 200 }, (_, i) => (i % 20 < 10 ? 0 : 1));
  const figure = await imageGrid(
    [
      { image: black, mask: { data, width: 20, height: 10, channels: 1 } },
      { image: black, points: [[0.5, 0]], boxes: [[-1, -1, 0, 1]], boxLabels: ['a & b'] },
    ],
    { columns: 2, cellSize: 100 },
  );
  expect(figure.svg()).toContain('>a &#38; b<');
  const drawn = await sharp(await figure.png({ scale: 1 }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixel = (x: number, y: number) => [
    ...drawn.data.subarray(3 * (y * drawn.info.width + x)).subarray(0, 3),
  ];
  // The images are 100 × 50, centered in their cells.
  expect(pixel(16 + 25, 16 + 50)).toEqual([0, 0, 0]);
  const [red, green, blue] = pixel(16 + 75, 16 + 50) as [number, number, number];
  expect(blue).toBeGreaterThan(green);
  expect(green).toBeGreaterThan(red);
  expect(pixel(128 + 75, 16 + 50)[0]).toBeGreaterThan(200);
  expect(pixel(128 + 50, 16 + 60)).toEqual([255, 255, 255]);
  expect(pixel(128 + 60, 16 + 40)).toEqual([0, 0, 0]);
});

it('draws nothing outside the image, and moves labels into it', async () => {
  const cell: ImageCell = {
    image: black,
    points: [[-1.2, 0]],
    boxes: [
      [-3, -3, 0, 0],
      [2, 2, 3, 3],
    ],
    boxLabels: ['a label that begins outside', 'far'],
  };
  const figure = await imageGrid([cell], { cellSize: 100 });
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

it('skips boxes that pad a batch: those without area, and those without a label if others have one', async () => {
  const boxes = [
    [-1, -1, 0, 0],
    [0, 0, 0, 0],
    [-0.5, -0.5, 1, 1],
  ] as const;
  const frames = async (cell: Partial<ImageCell>) => {
    const svg = await (await imageGrid([{ image: black, boxes, ...cell }])).svg();
    return (svg.match(/stroke="white"/g) ?? []).length;
  };
  expect(await frames({})).toBe(2);
  expect(await frames({ boxLabels: ['a', undefined, undefined] })).toBe(1);
});

it('draws each class of a mask in a different color', async () => {
  const mask: Pixels = {
    data: Uint8Array.from({ length: 200 }, (_, i) => i % 40),
    width: 40,
    height: 5,
    channels: 1,
  };
  const image: Pixels = { data: new Uint8Array(600).fill(255), width: 40, height: 5, channels: 3 };
  const figure = await imageGrid([{ image, mask }], { cellSize: 400 });
  const { data, info } = await sharp(await figure.png({ scale: 1 }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const row = info.width * (16 + 200);
  const colors = Array.from({ length: 40 }, (_, k) => {
    const at = 3 * (row + 16 + 10 * k + 5);
    return data.subarray(at, at + 3).join();
  });
  expect(new Set(colors).size).toBe(40);
});

it('throws an error for a mask of the wrong size', async () => {
  const mask: Pixels = { data: new Uint8Array(3), width: 2, height: 2, channels: 1 };
  const figure = imageGrid([{ image: black, mask }]);
  await expect(figure).rejects.toThrow('A mask has 3 bytes, but 2 × 2 pixels of 1 channel need 4.');
});

it('draws a heat map over the whole image, from dark to light', async () => {
  const image: Pixels = { data: new Uint8Array(300).fill(128), width: 10, height: 10, channels: 3 };
  const heat = Array.from({ length: 10 }, () => Array.from({ length: 10 }, (_, x) => x / 9));
  const figure = await imageGrid([{ image, heat }], { cellSize: 100 });
  const { data, info } = await sharp(await figure.png({ scale: 1 }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const brightness = Array.from({ length: 10 }, (_, x) => {
    const at = 3 * (66 * info.width + 16 + 10 * x + 5);
    return data[at]! + data[at + 1]! + data[at + 2]!;
  });
  expect(brightness[0]).toBeLessThan(3 * 70);
  expect(brightness[9]).toBeGreaterThan(3 * 170);
  expect(brightness).toEqual([...brightness].sort((a, b) => a - b));
});
