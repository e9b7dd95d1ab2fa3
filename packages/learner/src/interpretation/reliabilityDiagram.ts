import { ArgumentError, type Figure, plotCalibration } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { type Certainty, calibrationBins, calibrationError } from '../metrics/calibration/calibrationBins.js';
import { overconfidence } from '../metrics/calibration/calibrationMetric.js';
import { type CalibrationOptions, certaintyOf, isOfLabels } from '../metrics/calibration/certainty.js';

/** Settings of a reliability diagram. */
export interface ReliabilityDiagramOptions {
  /** Number of bins of equal width (default 15). */
  nBins?: number;
  /** Default `'Reliability diagram'`. */
  title?: string;
}

/** Settings of {@link plotReliabilityDiagram}. */
export interface PlotReliabilityDiagramOptions extends ReliabilityDiagramOptions, CalibrationOptions {}

/**
 * A reliability diagram of one or more models: the accuracy of the items in each range of confidence, the probability of the
 * predicted class. Calibrated models are on the diagonal, overconfident ones below it. Below are the numbers of items; the
 * title, or with several models the legend, has the expected calibration error and the overconfidence.
 *
 * With independent labels, whose targets have the predictions' shape, it is the fraction of items that have a label over its
 * probability. Rows of NaN, as for items that cannot be loaded, are ignored.
 *
 * Source: Guo et al. 2017, https://arxiv.org/abs/1706.04599, figure 1; scikit-learn `CalibrationDisplay`.
 *
 * @param models Probabilities and targets by name, as from `getPreds` or `tta`.
 * @throws ArgumentError when there is no model; LearnerError when one has no predictions, or they are not probabilities.
 * @example
 * const figure = await plotReliabilityDiagram({ baseline: [preds, targs], mixup: [mixupPreds, targs] });
 * await figure.save('reliability.png');
 */
export async function plotReliabilityDiagram(
  models: Readonly<Record<string, readonly [preds: tf.Tensor, targs: tf.Tensor]>>,
  { axis, ignoreIndex, ...options }: PlotReliabilityDiagramOptions = {},
): Promise<Figure> {
  if (Object.keys(models).length === 0) {
    throw new ArgumentError(
      'plotReliabilityDiagram needs at least one model, got none: pass { name: [preds, targs] }.',
    );
  }
  const classes = { axis, ignoreIndex };
  const rated = Object.entries(models).map(async ([name, [preds, targs]]): Promise<RatedModel> => {
    const certainty = await certaintyOf(preds, targs, classes);
    return { name, certainty, overconfidence: await overconfidence(preds, targs, classes) };
  });
  const isLabels = Object.values(models).every(([preds, targs]) => isOfLabels(preds, targs));
  return reliabilityDiagram(await Promise.all(rated), options, isLabels);
}

/** A model's certainty and overconfidence, which for independent labels are not of the same predictions. */
export interface RatedModel {
  name: string;
  certainty: Certainty;
  overconfidence: number;
}

/** The figure of {@link plotReliabilityDiagram}. */
export function reliabilityDiagram(
  models: readonly RatedModel[],
  { nBins = 15, title = 'Reliability diagram' }: ReliabilityDiagramOptions,
  isLabels = false,
): Figure {
  const curves = models.map(({ name, certainty, overconfidence }) => {
    const bins = calibrationBins(certainty, nBins);
    if (bins.every(({ count }) => count === 0)) {
      throw new LearnerError(
        `A reliability diagram needs predictions, but ${name ? `'${name}'` : 'the set'} has none that are numbers: pass those of getPreds or tta.`,
      );
    }
    const sign = overconfidence < 0 ? '−' : '+';
    const rating = `ECE ${calibrationError(certainty, nBins).toFixed(3)}, overconfidence ${sign}${Math.abs(overconfidence).toFixed(3)}`;
    return { name, bins, rating };
  });
  const [only, ...others] = curves;
  const isOne = others.length === 0;
  return plotCalibration(
    curves.map(({ name, bins, rating }) => ({ name: `${shortened(name)}: ${rating}`, bins })),
    {
      title: only && isOne ? `${title}${only.name && ` of ${only.name}`}: ${only.rating}` : title,
      xLabel: isLabels ? 'Probability' : 'Confidence',
      yLabel: isLabels ? 'Fraction with the label' : 'Accuracy',
    },
  );
}

/** The longest name that leaves space for the rating. */
const LONGEST_NAME = 18;

function shortened(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
