import { type Figure, log, plotMatrix } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { confusionMatrix } from '../metrics/classification/confusionMatrix.js';
import { share } from '../metrics/classification/labelScore.js';
import { classificationReport } from './classificationReport.js';
import { Interpretation } from './interpretation.js';
import { type InterpretationOptions, type Outcomes, observe } from './outcomes.js';

/** Settings of {@link ClassificationInterpretation.plotConfusionMatrix}. */
export interface PlotConfusionMatrixOptions {
  /** Show of each class's items the share rather than the number (default false). */
  normalize?: boolean;
  /** Default `'Confusion matrix'`. */
  title?: string;
  /** Decimals of shares (default 2). */
  normDec?: number;
  /** Write the numbers into the matrix (default true). */
  plotTxt?: boolean;
}

/**
 * What a model makes of the items of a set that are of one class each.
 *
 * The set is predicted once, when it is made.
 *
 * Source: fastai `interpret.py`, `ClassificationInterpretation`.
 *
 * @example
 * const interp = await ClassificationInterpretation.fromLearner(learn);
 * interp.mostConfused(5); // [['church', 'gas pump', 12], …]
 * await interp.plotConfusionMatrix().save('confusion.svg');
 */
export class ClassificationInterpretation<X = tf.Tensor4D, Y = tf.Tensor1D> extends Interpretation<X, Y> {
  /** The classes' names, at their numbers. */
  readonly vocab: readonly string[];

  protected constructor(
    outcomes: Outcomes<X, Y>,
    private readonly preds: readonly number[],
    private readonly targs: readonly number[],
  ) {
    super(outcomes);
    this.vocab = outcomes.dl.dataset.vocab;
  }

  /**
   * Predicts a set, and takes the losses and classes of its items.
   *
   * @throws LearnerError when the loss does not say that items are of one class each
   */
  static override async fromLearner<X, Y>(
    learn: AnyLearner<X, Y>,
    options: InterpretationOptions<X, Y> = {},
  ): Promise<ClassificationInterpretation<X, Y>> {
    const { lossFunc } = learn;
    if (typeof lossFunc === 'function' || !lossFunc.yInt || !lossFunc.decodes) {
      throw new LearnerError(
        'ClassificationInterpretation needs a loss of one class an item, such as CrossEntropyLossFlat: for other targets use Interpretation.',
      );
    }
    const [preds, targs]: [number[], number[]] = [[], []];
    const outcomes = await observe(learn, options, 'ClassificationInterpretation', async (pred, targ) => {
      const decoded = tf.tidy(() => lossFunc.decodes!(options.act?.(pred) ?? pred));
      for (const number of await decoded.data()) preds.push(number);
      for (const number of await targ.data()) targs.push(number);
      decoded.dispose();
    });
    return new ClassificationInterpretation(outcomes, preds, targs);
  }

  /** How often items of each class (rows) were taken for each class (columns), in the order of `vocab`. */
  confusionMatrix(): number[][] {
    return confusionMatrix(this.preds, this.targs, { labels: [...this.vocab.keys()] });
  }

  /** A picture of the confusion matrix. */
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
      rows: this.vocab,
      columns: this.vocab,
      title,
      xLabel: 'Predicted',
      yLabel: 'Actual',
      ...(plotTxt && { text }),
    });
  }

  /**
   * The confusions that occur most, most often first.
   *
   * Source: fastai `interpret.py`, `most_confused`.
   *
   * @param minVal leave out what occurs less often (default 1)
   */
  mostConfused(minVal = 1): [actual: string, predicted: string, times: number][] {
    const confused: [string, string, number][] = [];
    for (const [i, row] of this.confusionMatrix().entries()) {
      for (const [k, times] of row.entries()) {
        if (i !== k && times >= minVal) confused.push([this.vocab[i]!, this.vocab[k]!, times]);
      }
    }
    return confused.sort(([, , a], [, , b]) => b - a);
  }

  /** Precision, recall, F1 and number of items of each class, and their averages, as scikit-learn's table. */
  classificationReport(): string {
    return classificationReport(this.preds, this.targs, this.vocab);
  }

  /**
   * Writes the classification report.
   *
   * Source: fastai `interpret.py`, `print_classification_report`.
   */
  printClassificationReport(): void {
    log(this.classificationReport());
  }
}
