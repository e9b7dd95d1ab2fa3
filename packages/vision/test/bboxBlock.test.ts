import { Pipeline, type Pixels, Rng, setQuiet } from '@fastts/core';
import { DataBlock, LabelError } from '@fastts/data';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import fixture from '../fixtures/items.json';
import { augTransforms, BBoxBlock, BBoxLblBlock, FlipItem, ImageBlock, Resize } from '../src/index.js';
import { ClipBoxes } from '../src/itemTransforms/clipBoxes.js';

beforeAll(() => setQuiet(true));
afterAll(() => setQuiet(false));

const picture: Pixels = { data: new Uint8Array(40 * 80 * 3), width: 80, height: 40, channels: 3 };

interface Annotated {
  boxes: number[][];
  labels: string[];
}

const annotated: Annotated[] = [
  {
    boxes: [
      [0, 0, 40, 20],
      [60, 30, 80, 40],
    ],
    labels: ['dog', 'cat'],
  },
  { boxes: [[20, 10, 60, 30]], labels: ['cat'] },
  { boxes: [], labels: [] },
];

function load(
  items: Annotated[],
  options: { itemTfms?: Resize | FlipItem; vocab?: string[]; addNa?: boolean } = {},
) {
  const { itemTfms, ...labels } = options;
  return new DataBlock({
    blocks: [ImageBlock(), BBoxBlock(), BBoxLblBlock(labels)],
    nInp: 1,
    getX: () => picture,
    getY: [(item: Annotated) => item.boxes, (item: Annotated) => item.labels],
    splitter: () => [[...items.keys()], [...items.keys()]],
    itemTfms,
  }).dataloaders(items, { bs: items.length });
}

eachEngine(() => {
  test('a batch is padded like in fastai', async () => {
    const { samples, boxes, labels } = fixture.batch;
    const clip = new Pipeline([new ClipBoxes()]);
    const cut = await Promise.all(
      samples.map((sample) => {
        const values = [Float32Array.from(sample.boxes), sample.labels];
        return clip.apply(values, ['bbox', 'bboxLabel'], { split: 'train', rng: new Rng(1) });
      }),
    );
    const [boxBatch, labelBatch] = [BBoxBlock(), BBoxLblBlock()].map((block, k) =>
      block.collate(cut.map((item) => item[k])),
    );
    expect(boxBatch!.shape).toEqual([3, 2, 4]);
    expectAllClose(boxBatch!, boxes.flat(), { atol: 1e-6 });
    expect([labelBatch!.shape, labelBatch!.dtype]).toEqual([[3, 2], 'int32']);
    expect([...labelBatch!.dataSync()]).toEqual(labels.flat());
  });

  test('boxes and labels are collated into batches', async () => {
    const dls = await load(annotated);
    expect(dls.vocab).toEqual(['#na#', 'cat', 'dog']);
    expect(dls.c).toBe(3);
    const [x, [boxes, labels]] = await dls.valid.oneBatch();
    expect(boxes.arraySync()[0]).toEqual([
      [-1, -1, 0, 0],
      [0.5, 0.5, 1, 1],
    ]);
    expect(boxes.arraySync()[2]).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(labels.arraySync()).toEqual([
      [2, 1],
      [1, 0],
      [0, 0],
    ]);
    tf.dispose([x, boxes, labels]);
  });

  test('boxes are transformed with their image, and those cropped away are removed with their labels', async () => {
    // The middle 40 of 80 columns are kept.
    const dls = await load(annotated.slice(0, 2), { itemTfms: new Resize(20) });
    const [x, [boxes, labels]] = await dls.valid.oneBatch();
    expect(boxes.arraySync()).toEqual([[[-1, -1, 0, 0]], [[-1, -0.5, 1, 0.5]]]);
    expect(labels.arraySync()).toEqual([[2], [1]]);
    tf.dispose([x, boxes, labels]);
  });

  test('a batch of items without boxes can be augmented', async () => {
    const images = tf.zeros([2, 8, 8, 3]);
    const batch = [images, BBoxBlock().collate([new Float32Array(0), new Float32Array(0)])];
    const moved = new Pipeline(augTransforms()).applySync(batch, ['image', 'bbox'], {
      split: 'train',
      rng: new Rng(1),
    });
    expect((moved[1] as tf.Tensor).shape).toEqual([2, 0, 4]);
  });
});

test('FlipItem keeps the left side of a box left of the right one', async () => {
  const dls = await load(annotated.slice(0, 1), { itemTfms: new FlipItem({ p: 1 }) });
  const [x, [boxes, labels]] = await dls.train.oneBatch();
  expectAllClose(boxes, [0, -1, 1, 0, -1, 0.5, -0.5, 1], { atol: 1e-6 });
  tf.dispose([x, boxes, labels]);
});

test('a batch without boxes can be decoded, shown, and concatenated with others', async () => {
  const none = { boxes: [], labels: [] };
  const dls = await load([none, none, ...annotated]);
  const loader = dls.valid.with({ bs: 2 });
  const [x, [boxes, labels]] = await loader.oneBatch();
  expect([boxes.shape, labels.shape]).toEqual([
    [2, 0, 4],
    [2, 0],
  ]);
  expect((await loader.decodeBatch([x, [boxes, labels]])).map(([, ...targets]) => targets)).toEqual([
    [[], []],
    [[], []],
  ]);
  expect((await loader.showBatch()).svg().match(/<image/g)).toHaveLength(2);
  tf.dispose([x, boxes, labels]);
});

test('showBatch draws boxes with their labels, but not the padding', async () => {
  const svg = (await (await load(annotated)).valid.showBatch()).svg();
  // A frame is a white rectangle on a black one; the first rectangle is the background.
  expect(svg.match(/<rect/g)).toHaveLength(1 + 2 * 3);
  expect(svg.match(/>(cat|dog)</g)!.sort()).toEqual(['>cat<', '>cat<', '>cat<', '>cat<', '>dog<', '>dog<']);
  expect(svg).not.toContain('#na#');
});

test('the vocabulary can be given, also without a background', async () => {
  const dls = await load(annotated.slice(0, 2), { vocab: ['dog', 'cat'], addNa: false });
  expect(dls.vocab).toEqual(['dog', 'cat']);
  const [x, [boxes, labels]] = await dls.valid.oneBatch();
  expect(labels.arraySync()).toEqual([
    [0, 1],
    [1, 0],
  ]);
  tf.dispose([x, boxes, labels]);
});

test('rejects invalid boxes, and labels that do not match them', async () => {
  await expect(
    load([{ boxes: [[1, 2, 3, 4]], labels: ['dog', 'cat'] }]).then((dls) => dls.valid.oneBatch()),
  ).rejects.toThrow('An item has 1 boxes but 2 labels');
  const wrong = load([{ boxes: [[1, 2, 3]], labels: ['dog'] }]).then((dls) => dls.valid.oneBatch());
  await expect(wrong).rejects.toThrow(LabelError);
  await expect(wrong).rejects.toThrow('Boxes must be a list of [left, top, right, bottom], got [[1, 2, 3]].');
  const missing = load([{ boxes: [[1, 2, Number.NaN, 4]], labels: ['dog'] }]).then((dls) =>
    dls.valid.oneBatch(),
  );
  await expect(missing).rejects.toThrow(/got \[\[1, 2, NaN, 4\]\]/);
});
