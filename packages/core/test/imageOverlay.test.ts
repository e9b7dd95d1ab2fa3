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
  expect(await figure.svg()).toContain('>a &#38; b<');
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

it('says which mask does not fit', async () => {
  const figure = imageGrid([{ ...black, mask: { classes: new Uint8Array(3), width: 2, height: 2 } }]);
  await expect(figure).rejects.toThrow('A mask of 2 × 2 pixels needs a class for each; got 3.');
});
