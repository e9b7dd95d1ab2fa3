import { checkInteger } from '@fastts/core';
import { LearnerError } from '../../errors.js';

/**
 * How sure predictions were, and whether they were right. Items that do not count, such as those that could not be loaded,
 * have a confidence of NaN.
 */
export interface Certainty {
  /** The probability of each item's predicted class, from 0 to 1. */
  readonly confidences: ArrayLike<number>;
  /** 1 where the prediction is right, else 0. */
  readonly hits: ArrayLike<number>;
}

/** The items of a range of confidences. */
export interface CalibrationBin {
  count: number;
  /** The mean confidence; NaN without items. */
  confidence: number;
  /** The fraction of right predictions; NaN without items. */
  accuracy: number;
}

/** The items in `nBins` bins of equal width; the last one includes a confidence of 1. */
export function calibrationBins(certainty: Certainty, nBins: number): CalibrationBin[] {
  return binsFrom(certainty, boundaries(nBins).slice(0, -1));
}

/**
 * The mean distance of accuracy and confidence over the bins, weighted by their items; NaN without items. A confidence of 1 has
 * a separate bin, as in torchmetrics.
 *
 * Source: Guo et al. 2017, §2; torchmetrics `functional/classification/calibration_error.py`.
 */
export function calibrationError(certainty: Certainty, nBins: number): number {
  const filled = binsFrom(certainty, boundaries(nBins)).filter(({ count }) => count > 0);
  const sum = (of: (bin: CalibrationBin) => number) => filled.reduce((total, bin) => total + of(bin), 0);
  return sum((bin) => bin.count * Math.abs(bin.accuracy - bin.confidence)) / sum(({ count }) => count);
}

/** The mean confidence minus the accuracy; NaN without items. */
export function meanOverconfidence(certainty: Certainty): number {
  const [all] = binsFrom(certainty, [0]);
  return all!.confidence - all!.accuracy;
}

/**
 * Checks a number of bins.
 *
 * @throws ArgumentError when it is not an integer from 1 to 10,000.
 */
export function checkBins(nBins: number): void {
  checkInteger('nBins', nBins, { min: 1, max: 10_000 });
}

/**
 * The boundaries of `nBins` bins of equal width in float32, the precision of the confidences.
 *
 * Source: PyTorch, `linspace`, which counts from both ends.
 *
 * @throws ArgumentError when `nBins` is not an integer from 1 to 10,000.
 */
function boundaries(nBins: number): number[] {
  checkBins(nBins);
  const step = Math.fround(1 / nBins);
  return Array.from({ length: nBins + 1 }, (_, i) =>
    Math.fround(i < (nBins + 1) / 2 ? step * i : 1 - step * (nBins - i)),
  );
}

/**
 * @param limits The lower limits of the bins, from 0 and ascending.
 * @throws LearnerError when a confidence is not a probability.
 */
function binsFrom({ confidences, hits }: Certainty, limits: readonly number[]): CalibrationBin[] {
  const sums = limits.map(() => ({ count: 0, confidence: 0, hits: 0 }));
  for (let i = 0; i < confidences.length; i++) {
    const confidence = confidences[i]!;
    if (Number.isNaN(confidence)) continue;
    if (confidence < 0 || confidence > 1 + ROUNDING) {
      throw new LearnerError(
        `Calibration needs probabilities from 0 to 1, got ${confidence.toPrecision(3)}: pass the predictions of getPreds or tta, or apply softmax or sigmoid.`,
      );
    }
    const bin = sums[indexBelow(limits, confidence)]!;
    bin.count++;
    bin.confidence += confidence;
    bin.hits += hits[i]!;
  }
  return sums.map(({ count, confidence, hits }) => ({
    count,
    confidence: confidence / count,
    accuracy: hits / count,
  }));
}

/** By how much a sum of rounded exponentials may exceed 1. */
const ROUNDING = 1e-5;

/** The index of the highest of ascending `limits` that is not above `value`. */
function indexBelow(limits: readonly number[], value: number): number {
  let [low, high] = [0, limits.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (limits[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}
