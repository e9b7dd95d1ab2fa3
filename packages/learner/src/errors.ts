import { FasttsError } from '@fastts/core';

/** The `Learner` was asked for something that cannot be done, or given something that does not fit. */
export class LearnerError extends FasttsError {
  static override readonly name: string = 'LearnerError';
}

/** The model's output does not fit the data's classes. */
export class OutputMismatchError extends LearnerError {
  static override readonly name: string = 'OutputMismatchError';
}

/** A callback is used wrongly, or callbacks cannot be brought in order. */
export class CallbackError extends LearnerError {
  static override readonly name: string = 'CallbackError';
}
