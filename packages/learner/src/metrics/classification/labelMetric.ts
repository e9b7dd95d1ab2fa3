import { type AccumFunction, AccumMetric, type ActivationType } from '../accumMetric.js';
import { type Average, type LabelCounts, labelScore } from './labelScore.js';
import { checkLabels } from './labelsCheck.js';

/** Settings of metrics of one label an item, whose most probable class is compared with the target. */
export interface LabelScoreOptions {
  /** Which axis of the predictions has the classes (default the last). */
  axis?: number;
  /** The classes that count (default all that occur). */
  labels?: readonly number[];
  /** The class that counts where `average` is `'binary'` (default 1). */
  posLabel?: number;
  /** How classes' scores become one (default `'binary'`, which is for two classes). */
  average?: Exclude<Average, 'samples'>;
  /** How much each item counts (default 1). */
  sampleWeight?: readonly number[];
}

/** Settings of metrics of several labels an item. */
export interface MultiLabelScoreOptions {
  /** From which probability on an item is said to have a label (default 0.5). */
  thresh?: number;
  /** Whether predictions have yet to go through the sigmoid (default true). */
  sigmoid?: boolean;
  /** The labels that count, by their numbers (default all). */
  labels?: readonly number[];
  /** How labels' scores become one (default `'macro'`). */
  average?: Exclude<Average, 'binary'>;
  /** How much each item counts (default 1). */
  sampleWeight?: readonly number[];
}

/** A score of classes' counts, for one label an item. */
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

/** A score of labels' counts, for several labels an item. */
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
