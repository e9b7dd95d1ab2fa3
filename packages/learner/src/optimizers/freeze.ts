import { Learner } from '../learner.js';

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Freezes the parameter groups before the one numbered `n`, counted from the end when negative, and clears the
     * optimiser's memory. Norm layers in frozen groups go on learning if `trainBn`.
     *
     * Source: fastai `learner.py`, `freeze_to`.
     *
     * @throws LearnerError when `n` is not whole
     */
    freezeTo(n: number): void;
    /** Freezes all parameter groups but the last. */
    freeze(): void;
    /** Trains all parameter groups. */
    unfreeze(): void;
  }
}

Learner.prototype.freezeTo = function (n) {
  this.opt.freezeTo(n);
  this.opt.clearState();
};

Learner.prototype.freeze = function () {
  this.freezeTo(-1);
};

Learner.prototype.unfreeze = function () {
  this.freezeTo(0);
};
