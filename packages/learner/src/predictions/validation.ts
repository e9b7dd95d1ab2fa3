import type { Split } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs';
import { Learner } from '../learner.js';
import { type BatchSource, sourceOf } from '../loop/batch.js';
import type { Callbacks } from '../loop/callbackHost.js';

/** Settings of {@link Learner.validate}. */
export interface ValidateOptions<X = tf.Tensor4D, Y = tf.Tensor1D> {
  /** Which of the data's sets (default `'valid'`). */
  split?: Split;
  /** A source to use instead. */
  dl?: BatchSource<X, Y>;
  /** Callbacks for this validation only. */
  cbs?: Callbacks;
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * The loss and metrics on a set, in the order of `recorder.metricNames`.
     *
     * Source: fastai `learner.py`, `validate`.
     */
    validate(options?: ValidateOptions<X, Y>): Promise<(number | null)[]>;
    /**
     * Runs `work`, which validates by `validateEpoch`, between the events of a fit of one epoch, without the table.
     *
     * @param inner whether it is part of something that is running, whose events it leaves alone
     */
    validating<T>(callbacks: Callbacks, inner: boolean, work: () => Promise<T>): Promise<T>;
  }
}

Learner.prototype.validate = async function (this: Learner, options = {}) {
  const { split = 'valid', dl = sourceOf(this.dls, split), cbs = [] } = options;
  await this.validating(cbs, false, () => this.validateEpoch(dl));
  return [...this.recorder.finalRecord];
};

Learner.prototype.validating = function (callbacks, inner, work) {
  return this.running(callbacks, inner, () =>
    this.noLogging(async () => {
      if (inner) return work();
      await this.fire('beforeFit');
      await this.fire('beforeEpoch');
      const result = await work();
      await this.fire('afterEpoch');
      await this.fire('afterFit');
      return result;
    }),
  );
};
