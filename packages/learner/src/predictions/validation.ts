import type { Split } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import { type BatchSource, sourceOf } from '../loop/batch.js';
import type { CallbacksFor } from '../loop/callback.js';

/** Options of {@link Learner.validate}. */
export interface ValidateOptions<X = tf.Tensor4D, Y = tf.Tensor1D> {
  /** Which of the data's sets to validate on (default `'valid'`). */
  split?: Split;
  /** A source of batches to use instead. */
  dl?: BatchSource<X, Y>;
  /** Callbacks for this validation only. */
  cbs?: CallbacksFor<X, Y>;
}

/** Implements {@link Learner.validate}. */
export async function validate<X, Y>(
  learn: AnyLearner<X, Y>,
  options: ValidateOptions<X, Y> = {},
): Promise<(number | null)[]> {
  const { split = 'valid', dl = sourceOf(learn.dls, split), cbs = [] } = options;
  await learn.validating(cbs, false, () => learn.validateEpoch(dl));
  return [...learn.recorder.finalRecord];
}

/** Implements {@link Learner.validating}. */
export function validating<T>(
  learn: AnyLearner,
  callbacks: CallbacksFor<unknown, unknown>,
  inner: boolean,
  work: () => Promise<T>,
): Promise<T> {
  return learn.running(callbacks, inner, () =>
    learn.noLogging(async () => {
      if (inner) return work();
      await learn.fire('beforeFit');
      await learn.fire('beforeEpoch');
      const result = await work();
      await learn.fire('afterEpoch');
      await learn.fire('afterFit');
      return result;
    }),
  );
}
