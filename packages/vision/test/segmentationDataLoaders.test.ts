import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setQuiet } from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import fixture from '../fixtures/segmentation.json';
import { Flip, getImageFiles, SegmentationDataLoaders } from '../src/index.js';

const { codes, n, size, shades } = fixture;
let folder: string;

/** The images and masks that the fixture's script creates. */
beforeAll(async () => {
  setQuiet(true);
  folder = mkdtempSync(join(tmpdir(), 'fastts-masks-'));
  for (const name of ['images', 'masks']) mkdirSync(join(folder, name));
  for (let i = 0; i < n; i++) {
    const mask = Uint8Array.from({ length: size * size }, (_, p) => (((p % size) + i) >> 1) % codes.length);
    const raw = { width: size, height: size };
    const gray = (data: Uint8Array) => sharp(data, { raw: { ...raw, channels: 1 } });
    await gray(mask.map((code) => 80 * code))
      .png()
      .toFile(join(folder, 'images', `${i}.png`));
    await gray(mask)
      .toColorspace('b-w')
      .png()
      .toFile(join(folder, 'masks', `${i}_mask.png`));
  }
});
afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true });
});

eachEngine(() => {
  test("SegmentationDataLoaders find the same as fastai's, and masks are transformed with their images", async () => {
    const maskOf = (file: string) => join(folder, 'masks', basename(file).replace('.png', '_mask.png'));
    const files = getImageFiles(join(folder, 'images'));
    const dls = await SegmentationDataLoaders.fromLabelFunc(folder, files, maskOf, {
      codes,
      bs: 4,
      seed: 1,
      batchTfms: new Flip(),
    });
    expect([dls.train.n, dls.valid.n]).toEqual(fixture.sizes);
    expect([dls.vocab, dls.c, dls.path]).toEqual([fixture.vocab, fixture.c, folder]);
    const [x, y]: [tf.Tensor4D, tf.Tensor3D] = await dls.oneBatch();
    expect([x.shape, y.shape, y.dtype]).toEqual([[4, ...fixture.x], [4, ...fixture.y], 'int32']);
    const reds = await tf.tidy(() => tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, 1])).data();
    const classes = await y.data();
    const wanted = Array.from(classes, (code) => shades[`${code}` as keyof typeof shades]);
    expect(Array.from(reds, (red) => Math.round(red * 255))).toEqual(wanted);
    tf.dispose([x, y]);
  });
});
