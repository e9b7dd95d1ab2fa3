import {
  LabelMetric,
  type LabelScoreOptions,
  MultiLabelMetric,
  type MultiLabelScoreOptions,
} from './labelMetric.js';
import { type LabelCounts, share } from './labelScore.js';

const jaccard = ({ both, predicted, actual }: LabelCounts) => share(both, predicted + actual - both);

/**
 * Of the items that are or are said to be of a class, how many are both.
 *
 * Source: fastai `metrics.py`, `Jaccard`; scikit-learn `jaccard_score`.
 *
 * @throws LearnerError when `average` is `'binary'` and there are more than two classes
 */
export class Jaccard extends LabelMetric {
  constructor(options: LabelScoreOptions = {}) {
    super('jaccardScore', jaccard, options);
  }
}

/**
 * Of the items that have or are said to have a label, how many do both.
 *
 * Source: fastai `metrics.py`, `JaccardMulti`.
 */
export class JaccardMulti extends MultiLabelMetric {
  constructor(options: MultiLabelScoreOptions = {}) {
    super('jaccardScore', jaccard, options);
  }
}
