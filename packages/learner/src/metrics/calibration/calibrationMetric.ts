import { withName } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import type { AnyLearner } from '../../learner.js';
import { AccumMetric } from '../accumMetric.js';
import type { PassFunction } from '../avgMetric.js';
import { type Certainty, calibrationError, checkBins, meanOverconfidence } from './calibrationBins.js';
import { type CalibrationOptions, type CertaintyTensors, certaintyTensors, isOfLabels } from './certainty.js';

/** Settings of {@link ExpectedCalibrationError}. */
export interface CalibrationErrorOptions extends CalibrationOptions {
  /** Number of bins of equal width, up to 10,000 (default 15). */
  nBins?: number;
}

/** A metric of probabilities, which are those of the loss's activation, such as softmax; rows of NaN are ignored. */
abstract class CalibrationMetric extends AccumMetric {
  constructor(
    name: string,
    score: (certainty: Certainty) => number,
    private readonly classes: CalibrationOptions,
  ) {
    super((confidences, hits) => score({ confidences: confidences.values, hits: hits.values }), {
      name,
      comp: 'less',
    });
  }

  override accumulate({ pred, targets: [targ], lossFunc }: AnyLearner): void {
    if (typeof lossFunc === 'function') {
      throw new LearnerError(
        `The metric ${this.name} needs probabilities, for which a lossFunc that is a function has no activation: pass a loss such as new CrossEntropyLossFlat(), or call ${this.name}(preds, targs) with probabilities.`,
      );
    }
    tf.tidy(() => {
      const probs = lossFunc.activation?.(pred) ?? pred;
      const isFlat = !lossFunc.yInt && pred.size === targ!.size;
      const { axis = lossFunc.axis, ignoreIndex = lossFunc.ignoreIndex } = this.classes;
      this.addItems(probs, isFlat ? tf.reshape(targ!, pred.shape) : targ!, { axis, ignoreIndex });
    });
  }

  protected override add(preds: tf.Tensor, targs: tf.Tensor): void {
    tf.tidy(() => this.addItems(preds, targs, this.classes));
  }

  protected certainty(probs: tf.Tensor, targs: tf.Tensor, options: CalibrationOptions): CertaintyTensors {
    return certaintyTensors(probs, targs, options);
  }

  private addItems(probs: tf.Tensor, targs: tf.Tensor, options: CalibrationOptions): void {
    super.add(...this.certainty(probs, targs, options));
  }
}

/**
 * The expected calibration error (ECE): how far probabilities are from frequencies, from 0 to 1. Of predictions with a
 * probability of 0.8, 80% should be right.
 *
 * Items are put into bins by the probability of their predicted class; the value is the mean distance between a bin's accuracy
 * and its mean probability, weighted by its items, over the whole pass. With a sigmoid, it is the distance between the
 * probability of a label and the fraction of items that have it. Rows of NaN, as for items that cannot be loaded, are ignored.
 *
 * It measures what mixup and label smoothing are for. As in torchmetrics, bins include their lower boundary, and a
 * probability of exactly 1 has a separate bin.
 *
 * Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599; torchmetrics `MulticlassCalibrationError` and
 * `BinaryCalibrationError` with `norm='l1'`.
 *
 * @throws LearnerError when predictions are not probabilities, or the loss is a function, which has no activation.
 * @example
 * new Learner(dls, model, { metrics: [accuracy, new ExpectedCalibrationError({ nBins: 10 })] });
 */
export class ExpectedCalibrationError extends CalibrationMetric {
  constructor({ nBins = 15, ...options }: CalibrationErrorOptions = {}) {
    super('expectedCalibrationError', (certainty) => calibrationError(certainty, nBins), options);
    checkBins(nBins);
  }
}

/**
 * How much surer a model is than it should be: the mean probability of the predicted classes minus the accuracy. Above 0 it is
 * overconfident, below 0 underconfident, and 0 is best. Rows of NaN, as for items that cannot be loaded, are ignored.
 *
 * With a sigmoid, each label is a prediction of two classes: that the item has the label, or not.
 *
 * Source: Lichtenstein, Fischhoff and Phillips 1982, "over/underconfidence"; Thulasidasan et al. 2019,
 * https://arxiv.org/abs/1905.11001, on mixup.
 *
 * @throws LearnerError when predictions are not probabilities, or the loss is a function, which has no activation.
 */
export class Overconfidence extends CalibrationMetric {
  constructor(options: CalibrationOptions = {}) {
    super('overconfidence', meanOverconfidence, options);
  }

  protected override certainty(
    probs: tf.Tensor,
    targs: tf.Tensor,
    options: CalibrationOptions,
  ): CertaintyTensors {
    if (!isOfLabels(probs, targs)) return super.certainty(probs, targs, options);
    return super.certainty(tf.stack([tf.sub(1, probs), probs], -1), targs, { ...options, axis: -1 });
  }
}

/**
 * The expected calibration error (ECE) as a metric with 15 bins, or of all predictions of a set; see
 * {@link ExpectedCalibrationError}.
 *
 * @example
 * const learn = new Learner(dls, model, { metrics: [accuracy, expectedCalibrationError, overconfidence] });
 * const [preds, targs] = await learn.tta();
 * const ece = await expectedCalibrationError(preds, targs);
 */
export const expectedCalibrationError: PassFunction<CalibrationErrorOptions> = /* @__PURE__ */ passFunction(
  'expectedCalibrationError',
  (options) => new ExpectedCalibrationError(options),
);

/**
 * The mean probability of the predicted classes minus the accuracy, as a metric or of all predictions of a set; see
 * {@link Overconfidence}.
 *
 * @example
 * const [preds, targs] = await learn.getPreds();
 * const tooSure = await overconfidence(preds, targs); // 0.05: on average 5 percentage points
 */
export const overconfidence: PassFunction<CalibrationOptions> = /* @__PURE__ */ passFunction(
  'overconfidence',
  (options) => new Overconfidence(options),
);

function passFunction<O>(name: string, create: (options?: O) => AccumMetric): PassFunction<O> {
  const compute = async (preds: tf.Tensor, targs: tf.Tensor, options?: O) =>
    create(options).compute(preds, targs);
  return Object.assign(withName(name, compute), { metric: () => create() });
}
