import { checkNumber } from '@fastts/core';
import {
  LabelMetric,
  type LabelScoreOptions,
  MultiLabelMetric,
  type MultiLabelScoreOptions,
} from './labelMetric.js';
import { type LabelCounts, share } from './labelScore.js';

const precision = ({ both, predicted }: LabelCounts) => share(both, predicted);
const recall = ({ both, actual }: LabelCounts) => share(both, actual);
const fBeta = (beta: number) => {
  checkNumber('beta', beta, { min: 0 });
  return (counts: LabelCounts) => {
    const { both, predicted, actual } = counts;
    return share((1 + beta ** 2) * both, beta ** 2 * actual + predicted);
  };
};

/**
 * The fraction of the items predicted as a class that are of it.
 *
 * Source: fastai `metrics.py`, `Precision`; scikit-learn `precision_score`.
 *
 * @throws LearnerError when `average` is `'binary'` and there are more than two classes.
 * @example
 * new Learner(dls, model, { metrics: [accuracy, new Precision({ average: 'macro' })] });
 */
export class Precision extends LabelMetric {
  constructor(options: LabelScoreOptions = {}) {
    super('precisionScore', precision, options);
  }
}

/**
 * The fraction of a class's items that are predicted as it.
 *
 * Source: fastai `metrics.py`, `Recall`; scikit-learn `recall_score`.
 *
 * @throws LearnerError when `average` is `'binary'` and there are more than two classes.
 */
export class Recall extends LabelMetric {
  constructor(options: LabelScoreOptions = {}) {
    super('recallScore', recall, options);
  }
}

/**
 * The harmonic mean of precision and recall.
 *
 * Source: fastai `metrics.py`, `F1Score`; scikit-learn `f1_score`.
 *
 * @throws LearnerError when `average` is `'binary'` and there are more than two classes.
 */
export class F1Score extends LabelMetric {
  constructor(options: LabelScoreOptions = {}) {
    super('f1Score', fBeta(1), options);
  }
}

/**
 * The harmonic mean of precision and recall, with recall weighted `beta` times as much as precision.
 *
 * Source: fastai `metrics.py`, `FBeta`; scikit-learn `fbeta_score`.
 *
 * @throws LearnerError when `average` is `'binary'` and there are more than two classes.
 */
export class FBeta extends LabelMetric {
  constructor(beta: number, options: LabelScoreOptions = {}) {
    super('fbetaScore', fBeta(beta), options);
  }
}

/**
 * The fraction of the items predicted to have a label that have it.
 *
 * Source: fastai `metrics.py`, `PrecisionMulti`.
 */
export class PrecisionMulti extends MultiLabelMetric {
  constructor(options: MultiLabelScoreOptions = {}) {
    super('precisionScore', precision, options);
  }
}

/**
 * The fraction of the items with a label that are predicted to have it.
 *
 * Source: fastai `metrics.py`, `RecallMulti`.
 */
export class RecallMulti extends MultiLabelMetric {
  constructor(options: MultiLabelScoreOptions = {}) {
    super('recallScore', recall, options);
  }
}

/**
 * The harmonic mean of precision and recall, for several labels per item.
 *
 * Source: fastai `metrics.py`, `F1ScoreMulti`.
 */
export class F1ScoreMulti extends MultiLabelMetric {
  constructor(options: MultiLabelScoreOptions = {}) {
    super('f1Score', fBeta(1), options);
  }
}

/**
 * The harmonic mean of precision and recall, with recall weighted `beta` times as much as precision, for several labels per item.
 *
 * Source: fastai `metrics.py`, `FBetaMulti`.
 */
export class FBetaMulti extends MultiLabelMetric {
  constructor(beta: number, options: MultiLabelScoreOptions = {}) {
    super('fbetaScore', fBeta(beta), options);
  }
}
