import {
  AdaptiveAvgPool2d,
  Flatten,
  Linear,
  type Module,
  type Pixels,
  Sequential,
  setQuiet,
  type Transform,
} from '@fastts/core';
import { DataBlock, type TransformBlock } from '@fastts/data';
import { Learner, MSELossFlat } from '@fastts/learner';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import {
  augTransforms,
  BBoxBlock,
  CropPad,
  ImageBlock,
  PointBlock,
  PointScaler,
  RandomResizedCrop,
  RandomResizedCropGPU,
  Resize,
} from '../src/index.js';

beforeAll(() => setQuiet(true));
afterAll(() => setQuiet(false));

/** Of another shape in the file than as it is seen: 90 × 60 pixels are 60 × 90 by its EXIF orientation. */
const [height, width] = [90, 60];
const rotated = () =>
  sharp({ create: { width: height, height: width, channels: 3, background: 'teal' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
const upright: Pixels = { data: new Uint8Array(height * width * 3), height, width, channels: 3 };

/** A model that gives `values` for each image. */
function giving(values: ArrayLike<number>): Module {
  const last = new Linear(3, values.length);
  last.weight.value.assign(tf.zerosLike(last.weight.value));
  last.bias!.value.assign(tf.tensor1d(Array.from(values)));
  return new Sequential(new AdaptiveAvgPool2d(1), new Flatten(), last);
}

interface Setup {
  itemTfms?: Transform[];
  batchTfms?: Transform[];
  source?: unknown;
}

/** What a model predicts whose output is the label as validation transforms it. */
async function predicted(
  block: TransformBlock<tf.Tensor3D>,
  label: number[][],
  { itemTfms, batchTfms, source = upright }: Setup,
): Promise<{ value: unknown; items: unknown[] }> {
  const dls = await new DataBlock({
    blocks: [ImageBlock(), block],
    getX: () => source,
    getY: () => label,
    splitter: () => [[0], [1]],
    itemTfms,
    batchTfms,
  }).dataloaders([0, 1], { bs: 1, strict: true });
  const [x, y] = await dls.valid.oneBatch();
  const learn = new Learner(dls, giving(await y.data()), { lossFunc: new MSELossFlat() });
  learn.showBar = false;
  tf.dispose([x, y]);
  const before = tf.memory().numTensors;
  const [value] = await learn.predict(source);
  const items = (await learn.predictBatch([source, source, source])).map(([one]) => one);
  expect(tf.memory().numTensors).toBe(before);
  return { value, items };
}

const setups: [string, Setup][] = [
  ['without transforms', {}],
  ['after Resize', { itemTfms: [new Resize(32)] }],
  ['after Resize of a file that EXIF data rotates', { itemTfms: [new Resize(32)] }],
  ['after squishing', { itemTfms: [new Resize([20, 48], { method: 'squish' })] }],
  ['after padding', { itemTfms: [new Resize(32, { method: 'pad' })] }],
  ['after CropPad', { itemTfms: [new CropPad([40, 80])] }],
  ['after RandomResizedCrop', { itemTfms: [new RandomResizedCrop(24)] }],
  ['after augmentation', { itemTfms: [new Resize(40)], batchTfms: augTransforms({ size: 24 }) }],
  [
    'after a crop of the batch',
    { itemTfms: [new Resize(40)], batchTfms: [new RandomResizedCropGPU([24, 32])] },
  ],
  ['with y first', { itemTfms: [new PointScaler({ yFirst: true }), new Resize(32)] }],
  ['from −1 to 1', { itemTfms: [new PointScaler({ doScale: false }), new Resize(32)] }],
];

test.each(setups)('predicted points are those of the image as given, %s', async (name, setup) => {
  const points =
    name === 'from −1 to 1'
      ? [[-0.25, 0.5]]
      : [
          [12.5, 40],
          [44, 71.25],
        ];
  const source = name.includes('EXIF') ? await rotated() : upright;
  const { value, items } = await predicted(PointBlock(), points, { ...setup, source });
  const close = points.map((point) => point.map((place) => expect.closeTo(place, 3)));
  expect(value).toEqual(close);
  expect(items).toEqual([close, close, close]);
});

test.each(setups.slice(0, -1))(
  'predicted boxes are those of the image as given, %s',
  async (_name, setup) => {
    const { value } = await predicted(BBoxBlock(), [[20, 30, 36, 50]], setup);
    expect(value).toEqual([[20, 30, 36, 50].map((place) => expect.closeTo(place, 3))]);
  },
);
