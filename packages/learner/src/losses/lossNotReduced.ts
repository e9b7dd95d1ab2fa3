import { Learner } from '../learner.js';
import { temporarily } from '../loop/temporarily.js';
import { checkReducible } from './perItem.js';

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Runs `work` while the loss gives the loss of each item, rather than their mean or sum.
     *
     * Source: fastai `learner.py`, `loss_not_reduced`.
     *
     * @throws LearnerError when the loss has no `reduction`
     */
    lossNotReduced<T>(work: () => Promise<T>): Promise<T>;
  }
}

Learner.prototype.lossNotReduced = async function (work) {
  const { lossFunc } = this;
  checkReducible(lossFunc, 'lossNotReduced');
  return temporarily(lossFunc, 'reduction', 'none', work);
};
