import { FasttsError } from '@fastts/core';

/** A `Learner` cannot do what was requested, or received an argument that does not fit. */
export class LearnerError extends FasttsError {
  static override readonly name: string = 'LearnerError';
}

/** The model's outputs do not match the data's classes. */
export class OutputMismatchError extends LearnerError {
  static override readonly name: string = 'OutputMismatchError';
}

/** A callback is used incorrectly, or callbacks cannot be ordered. */
export class CallbackError extends LearnerError {
  static override readonly name: string = 'CallbackError';
}
