import { Identity, useEngine } from '@fastts/core';
import { CategoryBlock, DataBlock, IndexSplitter, TransformBlock } from '@fastts/data';
import { expectAllClose, type Nested } from '@fastts/testing/allClose';
import { eachEngine, testedEngines } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  type AnyLearner,
  accuracy,
  BCEWithLogitsLossFlat,
  ClassificationInterpretation,
  CrossEntropyLossFlat,
  ExpectedCalibrationError,
  expectedCalibrationError,
  LabelSmoothingCrossEntropy,
  Learner,
  type Loss,
  type Metric,
  MixUpCB,
  Overconfidence,
  overconfidence,
  plotReliabilityDiagram,
  Recorder,
} from '../src/index.js';
import { fixture, smallLearner, tensor } from './smallNetwork.js';

interface CalibrationCase {
  name: string;
  probs: Nested;
  targs: Nested;
  options: { nBins: number; axis: number; ignoreIndex?: number };
  error: number;
  overconfidence: number;
}

interface OfTorchmetrics {
  cases: CalibrationCase[];
  logits: Record<'classes' | 'labels', [Nested, Nested]>;
}

const expected = fixture<OfTorchmetrics>('calibration');

/** A learner as seen by a metric: with what it reads of the current batch. */
const during = (batch: Partial<AnyLearner>) => batch as AnyLearner;

/** Adds items in batches of different sizes. */
function accumulateInTwo(metric: Metric, pred: tf.Tensor, targ: tf.Tensor, lossFunc: Loss): void {
  for (const [from, size] of [
    [0, 7],
    [7, -1],
  ] as const) {
    const [part, target] = tf.tidy(() => [slice(pred, from, size), slice(targ, from, size)] as const);
    metric.accumulate(during({ pred: part, targets: [target], lossFunc }));
    tf.dispose([part, target]);
  }
}

function slice(tensor: tf.Tensor, from: number, size: number): tf.Tensor {
  return tf.slice(tensor, [from, ...tensor.shape.slice(1).map(() => 0)], [size, ...tensor.shape.slice(1)]);
}

function figureTexts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text!);
}

/** A learner whose model returns its input, for 2 classes: scores and targets of 5 items. */
async function scoresLearner() {
  const scores = [
    [3, 0],
    [0, 1],
    [2, 0],
    [0, 0.2],
    [0, 2],
  ];
  const dls = await new DataBlock({
    blocks: [
      new TransformBlock<tf.Tensor2D>({ kind: 'scores', collate: (rows: number[][]) => tf.tensor2d(rows) }),
      CategoryBlock({ vocab: ['no', 'yes'] }),
    ],
    getX: (i: number) => scores[i % 5],
    getY: (i: number) => ['no', 'yes', 'yes', 'yes', 'no'][i % 5]!,
    splitter: new IndexSplitter([0, 1, 2, 3, 4]),
  }).dataloaders([...Array(10).keys()], { bs: 2 });
  const learn = new Learner(dls, new Identity());
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

eachEngine(
  () => {
    test.each(expected.cases)('$name: both metrics agree with torchmetrics', async (one) => {
      const [probs, targs] = [tensor(one.probs), tensor(one.targs, 'int32')];
      const before = tf.memory().numTensors;
      expectAllClose(await expectedCalibrationError(probs, targs, one.options), one.error, { atol: 2e-6 });
      const { nBins: _, ...classes } = one.options;
      expectAllClose(await overconfidence(probs, targs, classes), one.overconfidence, { atol: 1e-6 });
      expect(tf.memory().numTensors).toBe(before);
    });

    test.each([
      ['classes', new CrossEntropyLossFlat(), '5 classes, 15 bins'],
      ['classes', new LabelSmoothingCrossEntropy(), '5 classes, 15 bins'],
      ['labels', new BCEWithLogitsLossFlat(), 'labels, 15 bins'],
    ] as const)(
      'of logits for %s, exact over batches, with the activation of the loss',
      async (kind, loss, name) => {
        const [pred, targ] = expected.logits[kind];
        const one = expected.cases.find((some) => some.name === name)!;
        const [logits, targs] = [tensor(pred), tensor(targ, 'int32')];
        const before = tf.memory().numTensors;
        for (const [metric, value] of [
          [new ExpectedCalibrationError(), one.error],
          [new Overconfidence(), one.overconfidence],
        ] as const) {
          accumulateInTwo(metric, logits, targs, loss);
          expectAllClose((await metric.value())!, value, { atol: 2e-6 });
          const state = metric.stateDict();
          const resumed =
            metric instanceof Overconfidence ? new Overconfidence() : new ExpectedCalibrationError();
          const copy = (tensors: tf.Tensor[]) => tensors.map((tensor) => tensor.clone());
          resumed.loadStateDict({ preds: copy(state.preds), targs: copy(state.targs) });
          expectAllClose((await resumed.value())!, value, { atol: 2e-6 });
          metric.reset();
          expect(await metric.value()).toBeNull();
          resumed.dispose();
        }
        expect(tf.memory().numTensors).toBe(before);
      },
    );

    test('rows of NaN, as of items that cannot be loaded, are ignored', async () => {
      const probs = tf.tensor2d([0.75, 0.25, Number.NaN, Number.NaN, 0.5, 0.5, Number.NaN, 0.5], [4, 2]);
      const targs = tf.tensor1d([0, -1, 1, 0], 'int32');
      expect(await overconfidence(probs, targs)).toBeCloseTo(1.25 / 2 - 1 / 2, 6);
      expect(await expectedCalibrationError(probs, targs)).toBeCloseTo((0.25 + 0.5) / 2, 6);
      expect(await overconfidence(tf.fill([2, 2], Number.NaN), tf.tensor1d([0, 1], 'int32'))).toBeNaN();
      expect(
        await expectedCalibrationError(tf.fill([2, 2], Number.NaN), tf.tensor1d([0, 1], 'int32')),
      ).toBeNaN();
    });
  },
  { also: ['wasm'] },
);

describe("on this machine's engine", () => {
  beforeAll(() => useEngine(testedEngines[0]));

  test('in the table of a learner, also after training with mixup, they are those of its predictions', async () => {
    const learn = smallLearner({
      lossFunc: new LabelSmoothingCrossEntropy(),
      metrics: [accuracy, expectedCalibrationError, overconfidence],
      cbs: new MixUpCB(),
    });
    expect(learn.metrics.map(({ name }) => name)).toEqual([
      'accuracy',
      'expectedCalibrationError',
      'overconfidence',
    ]);
    await learn.noLogging(() => learn.noBar(() => learn.fit(2, 0.05)));
    const [, , , error, over] = learn.recorder.values.at(-1)!;
    const [preds, targs] = await learn.noBar(() => learn.getPreds());
    expect(await expectedCalibrationError(preds, targs)).toBeCloseTo(error!, 5);
    expect(await overconfidence(preds, targs)).toBeCloseTo(over!, 5);
  });

  test('of a training set with mixup, they are computed from probabilities', async () => {
    const recorder = new Recorder({ trainMetrics: true });
    const learn = smallLearner({ metrics: overconfidence, cbs: [recorder, new MixUpCB()] });
    await learn.fit(1, 0.05);
    const [, trained] = recorder.values.at(-1)!;
    expect(Math.abs(trained!)).toBeLessThan(1);
  });

  test('a reliability diagram shows bins, counts, calibration error and overconfidence', async () => {
    const learn = await scoresLearner();
    const [preds, targs] = await learn.getPreds();
    const [error, over] = [await expectedCalibrationError(preds, targs), await overconfidence(preds, targs)];
    const rating = `ECE ${error.toFixed(3)}, overconfidence +${over.toFixed(3)}`;
    const interp = await ClassificationInterpretation.fromLearner(learn);
    const svg = interp.plotReliabilityDiagram().svg();
    expect(figureTexts(svg).join(' ')).toContain(`Reliability diagram: ${rating}`);
    // Confidences 0.95, 0.73, 0.88 (wrong), 0.55 and 0.88 (wrong): 4 bins, each with a bar, a gap and a count; the background.
    expect(svg.match(/<rect/g)).toHaveLength(4 * 3 + 1);
    expect(figureTexts(svg)).toEqual(expect.arrayContaining(['Accuracy', 'Confidence', 'Items']));

    const before = tf.memory().numTensors;
    const unsure = tf.fill([5, 2], 0.5);
    const both = await plotReliabilityDiagram(
      { sure: [preds, targs], unsure: [unsure, targs] },
      { title: 'Two' },
    );
    expect(tf.memory().numTensors).toBe(before + 1);
    const texts = figureTexts(both.svg());
    expect(texts).toEqual(expect.arrayContaining(['Two', `sure: ${rating}`]));
    expect(texts).toContain('unsure: ECE 0.100, overconfidence +0.100');
    expect(both.svg().match(/<circle/g)).toHaveLength(4 + 1);
  });

  test('a reliability diagram of independent labels shows how often items have them', async () => {
    const labels = tf.tensor2d([1, 0, 0, 0], [2, 2], 'int32');
    const probs = tf.tensor2d([0.9, 0.1, 0.1, 0.1], [2, 2]);
    const figure = await plotReliabilityDiagram({ labels: [probs, labels] });
    const texts = figureTexts(figure.svg());
    expect(texts.join(' ')).toContain('Reliability diagram of labels: ECE 0.100, overconfidence −0.100');
    expect(texts).toEqual(expect.arrayContaining(['Probability', 'Fraction with the label']));
  });

  test('the probabilities of one label may have a class axis that its targets lack', async () => {
    const [probs, targs] = [tf.tensor2d([0.25, 0.75], [2, 1]), tf.tensor1d([0, 1])];
    expect(await expectedCalibrationError(probs, targs)).toBeCloseTo(0.25);
    expect(await overconfidence(probs, targs)).toBeCloseTo(-0.25);
  });

  test('what calibration cannot be computed from is an error with the reason', async () => {
    const [probs, targs] = [tf.tensor2d([0.5, 0.5, 1, 0], [2, 2]), tf.tensor1d([0, 1], 'int32')];
    await expect(expectedCalibrationError(probs.mul(4), targs)).rejects.toThrow(
      /probabilities from 0 to 1, got 2.00: pass the predictions of getPreds/,
    );
    await expect(overconfidence(probs, tf.zeros([3]))).rejects.toThrow(
      /shape \[2,2\].*targets of shape \[3\]/,
    );
    await expect(expectedCalibrationError(probs, targs, { nBins: 0 })).rejects.toThrow(/nBins.*got 0/);
    await expect(plotReliabilityDiagram({ a: [tf.fill([2, 2], Number.NaN), targs] })).rejects.toThrow(
      /'a' has none that are numbers/,
    );
    await expect(plotReliabilityDiagram({})).rejects.toThrow(/at least one model/);
    const learn = smallLearner({ lossFunc: (pred) => tf.mean(pred), metrics: overconfidence });
    await expect(learn.validate()).rejects.toThrow(
      /overconfidence needs probabilities.*a function has no activation.*new CrossEntropyLossFlat/,
    );
  });
});
