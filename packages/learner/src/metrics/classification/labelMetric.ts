import { type AccumFunction, AccumMetric, type ActivationType } from '../accumMetric.js';
import { type Average, type LabelCounts, labelScore } from './labelScore.js';
import { checkLabels } from './labelsCheck.js';

/** Settings of metrics of one label per item, which compare the most probable class with the target. */
export interface LabelScoreOptions {
  /** The predictions' class axis (default: the last). */
  axis?: number;
  /** The classes to include (default: all that occur). */
  labels?: readonly number[];
  /** The positive class if `average` is `'binary'` (default 1). */
  posLabel?: number;
  /** How the classes' scores are averaged (default `'binary'`, for two classes). */
  average?: Exclude<Average, 'samples'>;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of metrics of several labels per item. */
export interface MultiLabelScoreOptions {
  /** Probability threshold for a label (default 0.5). */
  thresh?: number;
  /** Whether to apply the sigmoid to the predictions (default true). */
  sigmoid?: boolean;
  /** Indices of the labels to include (default: all). */
  labels?: readonly number[];
  /** How the labels' scores are averaged (default `'macro'`). */
  average?: Exclude<Average, 'binary'>;
  /** Weight of each item (default 1). */
  sampleWeight?: readonly number[];
}

/** A score computed from the classes' counts, for one label per item. */
export class LabelMetric extends AccumMetric {
  constructor(
    name: string,
    score: (counts: LabelCounts) => number,
    { axis = -1, average = 'binary', ...settings }: LabelScoreOptions,
  ) {
    super((preds, targs) => labelScore(preds, targs, score, { average, ...settings }), {
      dimArgmax: axis,
      name,
    });
  }
}

/** A score computed from the labels' counts, for several labels per item. */
export class MultiLabelMetric extends AccumMetric {
  constructor(
    name: string,
    score: (counts: LabelCounts) => number,
    { thresh = 0.5, sigmoid = true, average = 'macro', ...settings }: MultiLabelScoreOptions,
  ) {
    const activation: ActivationType = sigmoid ? 'sigmoid' : 'no';
    const compute: AccumFunction = (preds, targs) => {
      checkLabels(preds, targs);
      return labelScore(preds, targs, score, { average, ...settings });
    };
    super(compute, {
      activation,
      thresh,
      flatten: false,
      name,
    });
  }
}
