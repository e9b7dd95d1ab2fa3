import { Learner } from './learner.js';
import { temporarily } from './loop/temporarily.js';

declare module './learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Runs `work` without progress bars.
     *
     * @example
     * await learn.noBar(() => learn.fit(1));
     */
    noBar<T>(work: () => Promise<T>): Promise<T>;
    /** Runs `work` without the table of epochs. */
    noLogging<T>(work: () => Promise<T>): Promise<T>;
  }
}

Learner.prototype.noBar = function (work) {
  return temporarily(this as Learner, 'showBar', false, work);
};

Learner.prototype.noLogging = function (work) {
  return temporarily(this as Learner, 'logger', null, work);
};
