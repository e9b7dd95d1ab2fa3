import { type Figure, Identity, Module, setProgressSink, Transform } from '@fastts/core';
import {
  CategoryBlock,
  DataBlock,
  type DataLoaders,
  IndexSplitter,
  RegressionBlock,
  TransformBlock,
} from '@fastts/data';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import { lineSink } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import {
  BCEWithLogitsLossFlat,
  ClassificationInterpretation,
  CrossEntropyLossFlat,
  Interpretation,
  Learner,
  type LearnerOptions,
  MSELossFlat,
  SegmentationInterpretation,
} from '../src/index.js';
import { Batches, fixture, smallLearner } from './smallNetwork.js';

interface OfFastai {
  vocab: string[];
  scores: number[][];
  targs: number[];
  losses: number[];
  confusionMatrix: number[][];
  mostConfused: [string, string, number][];
  topLosses: [number[], number[]];
  smallest: [number[], number[]];
  report: string;
}

const expected = fixture<OfFastai>('interpretation');

interface Item {
  scores: number[];
  label: string;
}

const items = expected.scores.map(
  (scores, i): Item => ({ scores, label: expected.vocab[expected.targs[i]!]! }),
);

/** Rows of numbers, shown as images with one pixel per number. */
function ScoresBlock(): TransformBlock<tf.Tensor2D> {
  return new TransformBlock({
    kind: 'scores',
    collate: (rows: number[][]) => tf.tensor2d(rows),
    show: (row: number[]) => ({
      image: { data: Uint8Array.from(row), width: row.length, height: 1, channels: 1 },
    }),
  });
}

/** Fails for items whose first score is one of the given numbers. */
class Unreadable extends Transform {
  override kinds = ['scores'];

  constructor(private readonly bad: readonly Item[]) {
    super();
  }

  encodes(scores: number[]): number[] {
    if (this.bad.some((item) => item.scores === scores)) throw new Error('unreadable');
    return scores;
  }
}

/** A learner whose model returns its input: the items' scores are the predictions. */
async function identityLearner(options: LearnerOptions = {}, bad: readonly Item[] = []) {
  const dls = await new DataBlock({
    blocks: [ScoresBlock(), CategoryBlock({ vocab: expected.vocab })],
    getX: (item: Item) => item.scores,
    getY: (item: Item) => item.label,
    splitter: new IndexSplitter([...items.keys()]),
    itemTfms: [new Unreadable(bad)],
  }).dataloaders(
    [...items, ...items.slice(0, 4)].map((item) => item),
    { bs: 7 },
  );
  return quiet(new Learner(dls, new Identity(), options));
}

function quiet<L extends { logger: unknown; showBar: boolean }>(learn: L): L {
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

/** The lines of text in a figure, in order, with their colors. */
function written(figure: Figure): [text: string, color: string][] {
  const found = figure.svg().matchAll(/<text[^>]*fill="([^"]*)"[^>]*>([^<]*)</g);
  return [...found].map(([, color, text]) => [text!, color!]);
}

function largest(numbers: number[]): number {
  return numbers.indexOf(Math.max(...numbers));
}

/** A learner of masks with 2 × 2 pixels and 3 classes, whose model returns its input. */
async function maskLearner() {
  const masks = new TransformBlock<tf.Tensor3D>({
    kind: 'mask',
    collate: (rows: number[][][]) => tf.tensor3d(rows, undefined, 'int32'),
    show: (rows: number[][]) => ({
      mask: { data: Uint8Array.from(rows.flat()), width: 2, height: 2, channels: 1 },
    }),
  });
  const inputs = new TransformBlock<tf.Tensor4D>({
    kind: 'image',
    collate: (rows: number[][][][]) => tf.tensor4d(rows),
    show: () => ({ image: { data: new Uint8Array(4), width: 2, height: 2, channels: 1 } }),
  });
  const mask = [
    [0, 1],
    [2, 1],
  ];
  const scores = (sure: number) =>
    mask.map((row) => row.map((right) => [0, 1, 2].map((c) => (c === right ? sure : 0))));
  const dls = await new DataBlock({
    blocks: [inputs, masks],
    getX: scores,
    getY: () => mask,
    splitter: new IndexSplitter([0, 1, 2]),
  }).dataloaders([1, -2, 3, 0], { bs: 2, dropLast: false });
  return quiet(new Learner(dls, new Identity()));
}

eachEngine(() => {
  test('losses, confusions and the report agree with fastai', async () => {
    const learn = await identityLearner();
    const before = tf.memory().numTensors;
    const interp = await ClassificationInterpretation.fromLearner(learn);
    expect(tf.memory().numTensors).toBe(before);
    expectAllClose([...interp.losses], expected.losses);
    expect(interp.confusionMatrix()).toEqual(expected.confusionMatrix);
    expect(interp.mostConfused(2)).toEqual(expected.mostConfused);
    expect(interp.mostConfused()).toHaveLength(6);
    const [losses, indices, worst] = interp.topLosses(5);
    expectAllClose(losses, expected.topLosses[0]);
    expect(indices).toEqual(expected.topLosses[1]);
    expect(worst).toEqual(indices.map((i) => items[i]));
    const smallest = interp.topLosses(3, { largest: false });
    expect(smallest[1]).toEqual(expected.smallest[1]);
    expect(interp.topLosses()[0]).toHaveLength(30);
    expect(`${interp.classificationReport()}\n`).toBe(expected.report);
  });

  test('at returns inputs, probabilities, targets, classes and losses of items, which belong to the caller', async () => {
    const interp = await Interpretation.fromLearner(await identityLearner());
    const before = tf.memory().numTensors;
    const [inputs, preds, targs, decoded, losses] = await interp.at([9, 2]);
    expect(tf.memory().numTensors).toBe(before + 4);
    expectAllClose(inputs, [items[9]!.scores, items[2]!.scores]);
    expectAllClose(tf.sum(preds, 1), [1, 1]);
    expect(await targs.array()).toEqual([expected.targs[9], expected.targs[2]]);
    expect(await decoded.array()).toEqual([9, 2].map((i) => largest(items[i]!.scores)));
    expect(losses).toEqual([interp.losses[9], interp.losses[2]]);
    await expect(interp.at([30])).rejects.toThrow(/no item 30: there are 30/);
  });

  test('an item that cannot be loaded is skipped, and the others keep their losses', async () => {
    const bad = [items[0]!, items[16]!];
    const before = setProgressSink(lineSink([]));
    const interp = await ClassificationInterpretation.fromLearner(await identityLearner({}, bad));
    setProgressSink(before);
    expect(interp.items).toEqual(items.filter((item) => !bad.includes(item)));
    const [losses, , worst] = interp.topLosses(1);
    expectAllClose(losses, [expected.losses[29]!]);
    expect(worst).toEqual([items[29]]);
  });

  test('the items with the highest losses are shown with prediction, target, loss and probability', async () => {
    const interp = await ClassificationInterpretation.fromLearner(await identityLearner());
    const before = tf.memory().numTensors;
    const [heading, names, numbers] = written(await interp.plotTopLosses(4));
    expect(tf.memory().numTensors).toBe(before);
    const { scores, label } = items[16]!;
    const probability = Math.max(...tf.softmax(tf.tensor1d(scores)).dataSync());
    expect(heading![0]).toBe('Prediction / Actual / Loss / Probability');
    expect(names![0]).toBe(`${expected.vocab[largest(scores)]} / ${label}`);
    expect(numbers![0]).toBe(`2.26 / ${probability.toFixed(2)}`);
    const second = written(await interp.plotTopLosses([1]));
    expect(second[2]![0]).toMatch(/^2\.13 /);
  });

  test('correct results are green and wrong ones red', async () => {
    const learn = await identityLearner();
    const before = tf.memory().numTensors;
    const texts = written(await learn.showResults({ maxN: 5, shuffle: false }));
    expect(tf.memory().numTensors).toBe(before);
    const shown = items.slice(0, 5).flatMap(({ scores, label }) => {
      const guess = expected.vocab[largest(scores)]!;
      const color = guess === label ? '#1a7f37' : '#c62828';
      return [label, guess].map((text) => [text, color]);
    });
    expect(texts.slice(1)).toEqual(shown);
    const interp = await Interpretation.fromLearner(learn);
    expect(written(await interp.showResults([0, 1, 2, 3, 4]))).toEqual(texts);
  });

  test('numbers are shown one per line, without colors for correct and wrong', async () => {
    const dls = await new DataBlock({
      blocks: [ScoresBlock(), RegressionBlock()],
      getX: ({ scores }: Item) => scores.slice(0, 1),
      getY: ({ scores }: Item) => scores[1],
      splitter: new IndexSplitter([0, 1]),
    }).dataloaders(items, { bs: 7 });
    const learn = quiet(new Learner(dls, new Identity()));
    const [a, b] = items.map(({ scores }) => scores) as [number[], number[]];
    const losses = [a, b].map(([guess, truth]) => (guess! - truth!) ** 2);
    const interp = await Interpretation.fromLearner(learn);
    expectAllClose([...interp.losses], losses);
    const order = losses[0]! > losses[1]! ? [0, 1] : [1, 0];
    const texts = written(await interp.plotTopLosses(2));
    expect(texts[0]![0]).toBe('Prediction / Actual / Loss');
    expect([texts[3]![0], texts[6]![0]]).toEqual(order.map((i) => losses[i]!.toFixed(2)));
    const [heading, ...shown] = written(await learn.showResults({ shuffle: false }));
    expect(shown).toHaveLength(4);
    expect(new Set(shown.map(([, color]) => color))).toEqual(new Set([heading![1]]));
  });

  test('for masks, the loss is the mean over pixels, and a row of images shows input, target and prediction', async () => {
    const learn = await maskLearner();
    const interp = await SegmentationInterpretation.fromLearner(learn);
    expect(interp).toBeInstanceOf(SegmentationInterpretation);
    const lossAt = (sure: number) => Math.log(Math.exp(sure) + 2) - sure;
    expectAllClose([...interp.losses], [lossAt(1), lossAt(-2), lossAt(3)]);
    const before = tf.memory().numTensors;
    const figure = await interp.plotTopLosses(2);
    const texts = written(figure).map(([text]) => text);
    const losses = [lossAt(-2), lossAt(1)].map((loss) => `pred; loss = ${loss.toFixed(4)}`);
    const rows = losses.flatMap((loss) => ['input', 'target', loss]);
    expect(texts).toEqual(['Input / Target / Prediction', ...rows]);
    // Three images per row, two of them with a mask.
    expect(figure.svg().match(/<image/g)).toHaveLength(2 * (3 + 2));
    const results = (await learn.showResults({ maxN: 2 })).svg();
    expect(results.match(/<image/g)).toHaveLength(2 * (2 + 2));
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** The values of the one-pixel images in a figure, in order. */
async function pixelsOf(figure: Figure): Promise<number[]> {
  const pngs = [...figure.svg().matchAll(/base64,([^"]+)/g)].map(([, png]) => Buffer.from(png!, 'base64'));
  const decoded = pngs.map((png) => sharp(png).toColorspace('b-w').raw().toBuffer());
  return (await Promise.all(decoded)).map((bytes) => bytes[0]!);
}

/** A block of one-pixel images. */
function PixelBlock(): TransformBlock<tf.Tensor2D> {
  return new TransformBlock({
    kind: 'pixel',
    collate: (values: number[]) => tf.tensor2d(values, [values.length, 1]),
    show: ([value]: number[]) => ({
      image: { data: Uint8Array.of(value!), width: 1, height: 1, channels: 1 },
    }),
  });
}

test('all images of an item are shown: two inputs, and a target that is an image', async () => {
  class Sum extends Module {
    forward(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
      return tf.add(a, b);
    }
  }
  const getX = [(n: number) => n, (n: number) => n + 50];
  const splitter = new IndexSplitter([0, 1]);
  const labeled = await new DataBlock({
    blocks: [PixelBlock(), PixelBlock(), RegressionBlock()],
    ...{ getX, getY: (n: number) => n, splitter },
  }).dataloaders([10, 20, 30], { bs: 2, dropLast: false });
  const numbers = quiet(new Learner(labeled, new Sum()));
  const first = await numbers.showResults({ shuffle: false });
  expect(await pixelsOf(first)).toEqual([10, 60, 20, 70]);
  expect(written(first).map(([text]) => text)).toEqual(['Target / Prediction', '10', '70', '20', '90']);
  const top = await (await Interpretation.fromLearner(numbers)).plotTopLosses(1);
  expect(await pixelsOf(top)).toEqual([20, 70]);
  const drawn = await new DataBlock({
    blocks: [PixelBlock(), PixelBlock()],
    ...{ getY: (n: number) => 2 * n, splitter },
  }).dataloaders([10, 20, 30], { bs: 2, dropLast: false });
  const pictures = quiet(new Learner(drawn, new Identity(), { lossFunc: new MSELossFlat() }));
  const results = await pictures.showResults({ shuffle: false });
  expect(await pixelsOf(results)).toEqual([10, 20, 10, 20, 40, 20]);
  expect(written(results)[0]![0]).toBe('Input / Target / Prediction');
  const worst = await (await Interpretation.fromLearner(pictures)).plotTopLosses(1);
  expect(await pixelsOf(worst)).toEqual([20, 40, 20]);
});

test('items without labels are shown with predictions, in the given order', async () => {
  const learn = await identityLearner();
  const given = items.slice(0, 5);
  const before = tf.memory().numTensors;
  const texts = written(await learn.showResults({ dl: learn.dls.testDl(given) }));
  expect(tf.memory().numTensors).toBe(before);
  const guesses = given.map(({ scores }) => expected.vocab[largest(scores)]);
  expect(texts.map(([text]) => text)).toEqual(['Prediction', ...guesses]);
  expect(new Set(texts.map(([, color]) => color)).size).toBe(1);
  const labeled = learn.dls.testDl(given, { withLabels: true });
  const withTargets = written(await learn.showResults({ dl: labeled })).map(([text]) => text);
  expect(withTargets.slice(1)).toEqual(given.flatMap(({ label }, i) => [label, guesses[i]]));
  const masks = await maskLearner();
  const figure = await masks.showResults({ dl: masks.dls.testDl([1, 2]) });
  expect(figure.svg().match(/<image/g)).toHaveLength(2 * 2);
});

test('the confusion matrix is drawn with names, and counts or fractions', async () => {
  const interp = await ClassificationInterpretation.fromLearner(await identityLearner());
  const texts = written(interp.plotConfusionMatrix()).map(([text]) => text);
  for (const text of ['Confusion matrix', 'Predicted', 'Actual', ...expected.vocab, '7'])
    expect(texts).toContain(text);
  const shares = written(interp.plotConfusionMatrix({ normalize: true, normDec: 3 })).map(([text]) => text);
  expect(shares).toContain('0.538');
  const bare = written(interp.plotConfusionMatrix({ plotTxt: false })).map(([text]) => text);
  expect(bare).not.toContain('7');
});

test('data or a loss that cannot be interpreted is an error with the reason', async () => {
  const labels = await identityLearner({ lossFunc: new BCEWithLogitsLossFlat() });
  await expect(ClassificationInterpretation.fromLearner(labels)).rejects.toThrow(
    /one class per item.*Interpretation/,
  );
  const plain = await identityLearner({ lossFunc: (pred) => tf.mean(pred) });
  await expect(Interpretation.fromLearner(plain)).rejects.toThrow(
    /Interpretation needs the loss of each item/,
  );
  const unlabeled = await identityLearner();
  const dl = unlabeled.dls.testDl(items);
  // @ts-expect-error: without labels there are no losses
  await expect(Interpretation.fromLearner(unlabeled, { dl })).rejects.toThrow(
    /Interpretation needs the loss .* no labels.*withLabels: true/,
  );
  await expect(unlabeled.getPreds({ dl, withLoss: true })).rejects.toThrow(/withLoss needs .* no labels/);
  const small = smallLearner({ lossFunc: new CrossEntropyLossFlat() });
  expect(small.dls.valid).toBeInstanceOf(Batches);
  await expect(Interpretation.fromLearner(small)).rejects.toThrow(/needs a DataLoader/);
  await expect(small.showResults()).rejects.toThrow(/needs a DataLoader/);
});

/** Compiled with the tests, not run: checks the types of results. */
export async function typesFollowTheData(dls: DataLoaders): Promise<void> {
  const interp = await ClassificationInterpretation.fromLearner(new Learner(dls, new Identity()));
  const [x, , y]: [tf.Tensor4D, tf.Tensor, tf.Tensor1D, tf.Tensor, number[]] = await interp.at([0]);
  void [x, y];
}
