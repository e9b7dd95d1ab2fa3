import {
  LabelMetric,
  type LabelScoreOptions,
  MultiLabelMetric,
  type MultiLabelScoreOptions,
} from './labelMetric.js';
import { type LabelCounts, share } from './labelScore.js';

const jaccard = ({ both, predicted, actual }: LabelCounts) => share(both, predicted + actual - both);

/**
 * The intersection over union of the items predicted as a class and the items of that class.
 *
 * Source: fastai `metrics.py`, `Jaccard`; scikit-learn `jaccard_score`.
 *
 * @throws LearnerError when `average` is `'binary'` and there are more than two classes.
 */
export class Jaccard extends LabelMetric {
  constructor(options: LabelScoreOptions = {}) {
    super('jaccardScore', jaccard, options);
  }
}

/**
 * The intersection over union of the items predicted to have a label and the items that have it.
 *
 * Source: fastai `metrics.py`, `JaccardMulti`.
 */
export class JaccardMulti extends MultiLabelMetric {
  constructor(options: MultiLabelScoreOptions = {}) {
    super('jaccardScore', jaccard, options);
  }
}
