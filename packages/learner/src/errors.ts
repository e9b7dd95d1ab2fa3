import { FasttsError } from '@fastts/core';

/** A `Learner` cannot do what was requested, or received an argument that does not fit. */
export class LearnerError extends FasttsError {
  static override readonly name: string = 'LearnerError';
}

/** The model's outputs do not match the data's classes. */
export class OutputMismatchError extends LearnerError {
  static override readonly name: string = 'OutputMismatchError';
}

/** Too many predictions are queued. */
export class QueueFullError extends LearnerError {
  static override readonly name: string = 'QueueFullError';
}

/** The learner is in use: a fit, validation or prediction has not ended. */
export class BusyError extends LearnerError {
  static override readonly name: string = 'BusyError';
}

/** A callback is used incorrectly, or callbacks cannot be ordered. */
export class CallbackError extends LearnerError {
  static override readonly name: string = 'CallbackError';
}
