import { type Figure, log, type NotInferred, plotMatrix } from '@fastts/core';
import type { Label } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { Learner } from '../learner.js';
import type { ItemIn, LearnerData } from '../loop/batch.js';
import { meanOverconfidence } from '../metrics/calibration/calibrationBins.js';
import { confidenceOver } from '../metrics/calibration/certainty.js';
import { confusionMatrix } from '../metrics/classification/confusionMatrix.js';
import { share } from '../metrics/classification/labelScore.js';
import { classificationReport } from './classificationReport.js';
import { Interpretation } from './interpretation.js';
import { type InterpretationOptions, type Outcomes, observe } from './outcomes.js';
import { type ReliabilityDiagramOptions, reliabilityDiagram } from './reliabilityDiagram.js';

/** Settings of {@link ClassificationInterpretation.plotConfusionMatrix}. */
export interface PlotConfusionMatrixOptions {
  /** Whether to show fractions of each class's items rather than counts (default false). */
  normalize?: boolean;
  /** Default `'Confusion matrix'`. */
  title?: string;
  /** Decimals of fractions (default 2). */
  normDec?: number;
  /** Whether to write the numbers into the matrix (default true). */
  plotTxt?: boolean;
}

/**
 * Interpretation of a classifier's predictions on a set, for one class per item.
 *
 * The set is predicted once, in `fromLearner`.
 *
 * Source: fastai `interpret.py`, `ClassificationInterpretation`.
 *
 * @example
 * const interp = await ClassificationInterpretation.fromLearner(learn);
 * interp.mostConfused(5); // [['church', 'gas pump', 12], …]
 * await interp.plotConfusionMatrix().save('confusion.svg');
 */
export class ClassificationInterpretation<
  X = tf.Tensor4D,
  Y = tf.Tensor1D,
  Item = unknown,
> extends Interpretation<X, Y, Item> {
  /** The class names, by class index. */
  readonly vocab: readonly Label[];

  protected constructor(
    outcomes: Outcomes<X, Y, Item>,
    private readonly preds: readonly number[],
    private readonly targs: readonly number[],
    private readonly confidences: readonly number[],
  ) {
    super(outcomes);
    this.vocab = outcomes.dl.dataset.vocab;
  }

  /**
   * Predicts a set and records the losses and classes of its items.
   *
   * @throws LearnerError when the loss is not for one class per item.
   */
  static override async fromLearner<X, Y, D extends LearnerData<X, Y>>(
    learn: Learner<X, Y, D>,
    options: InterpretationOptions<NotInferred<X>, NotInferred<Y>, NotInferred<D>> = {},
  ): Promise<ClassificationInterpretation<X, Y, ItemIn<D>>> {
    const { lossFunc } = learn;
    if (typeof lossFunc === 'function' || !lossFunc.yInt || !lossFunc.decodes) {
      throw new LearnerError(
        'ClassificationInterpretation needs a loss for one class per item, such as CrossEntropyLossFlat: for other targets use Interpretation.',
      );
    }
    const [preds, targs, confidences]: [number[], number[], number[]] = [[], [], []];
    const act = options.act ?? ((pred: tf.Tensor) => lossFunc.activation?.(pred) ?? pred);
    const outcomes = await observe(learn, options, 'ClassificationInterpretation', async (pred, targ) => {
      const decoded = tf.tidy(() => lossFunc.decodes!(options.act?.(pred) ?? pred));
      for (const number of await decoded.data()) preds.push(number);
      for (const number of await targ.data()) targs.push(number);
      const confidence = tf.tidy(() => confidenceOver(act(pred), lossFunc.axis ?? -1));
      for (const number of await confidence.data()) confidences.push(number);
      tf.dispose([decoded, confidence]);
    });
    return new ClassificationInterpretation(outcomes, preds, targs, confidences);
  }

  /** How often items of each class (rows) were predicted as each class (columns), in the order of `vocab`. */
  confusionMatrix(): number[][] {
    return confusionMatrix(this.preds, this.targs, { labels: [...this.vocab.keys()] });
  }

  /** A figure of the confusion matrix. */
  plotConfusionMatrix({
    normalize = false,
    title = 'Confusion matrix',
    normDec = 2,
    plotTxt = true,
  }: PlotConfusionMatrixOptions = {}): Figure {
    const counts = this.confusionMatrix();
    const matrix = normalize
      ? counts.map((row) => {
          const actual = row.reduce((sum, count) => sum + count, 0);
          return row.map((count) => share(count, actual));
        })
      : counts;
    const text = (value: number) => (normalize ? value.toFixed(normDec) : String(value));
    return plotMatrix(matrix, {
      rows: this.vocab.map(String),
      columns: this.vocab.map(String),
      title,
      xLabel: 'Predicted',
      yLabel: 'Actual',
      ...(plotTxt && { text }),
    });
  }

  /**
   * A figure of how far probabilities are from frequencies: the accuracy of the items in each range of confidence, the
   * probability of the predicted class, with their number.
   *
   * @throws LearnerError when predictions are not probabilities.
   */
  plotReliabilityDiagram(options: ReliabilityDiagramOptions = {}): Figure {
    const hits = this.preds.map((pred, i) => Number(pred === this.targs[i]));
    const certainty = { confidences: this.confidences, hits };
    return reliabilityDiagram(
      [{ name: '', certainty, overconfidence: meanOverconfidence(certainty) }],
      options,
    );
  }

  /**
   * The most frequent confusions, in descending order.
   *
   * Source: fastai `interpret.py`, `most_confused`.
   *
   * @param minVal Minimum number of occurrences (default 1).
   */
  mostConfused(minVal = 1): [actual: Label, predicted: Label, times: number][] {
    const confused: [Label, Label, number][] = [];
    for (const [i, row] of this.confusionMatrix().entries()) {
      for (const [k, times] of row.entries()) {
        if (i !== k && times >= minVal) confused.push([this.vocab[i]!, this.vocab[k]!, times]);
      }
    }
    return confused.sort(([, , a], [, , b]) => b - a);
  }

  /** Precision, recall, F1 and number of items per class, with averages, formatted like scikit-learn's table. */
  classificationReport(): string {
    return classificationReport(this.preds, this.targs, this.vocab.map(String));
  }

  /**
   * Prints the classification report.
   *
   * Source: fastai `interpret.py`, `print_classification_report`.
   */
  printClassificationReport(): void {
    log(this.classificationReport());
  }
}
