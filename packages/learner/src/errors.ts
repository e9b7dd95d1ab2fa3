import { FasttsError } from '@fastts/core';

/** A `Learner` cannot do what was requested, or received an argument that does not fit. */
export class LearnerError extends FasttsError {
  static override readonly name: string = 'LearnerError';
}

/** The model's outputs do not match the data's classes. */
export class OutputMismatchError extends LearnerError {
  static override readonly name: string = 'OutputMismatchError';
}

/** Numbers that must be finite are NaN or infinite, such as a model's weights or output. */
export class NonFiniteError extends LearnerError {
  static override readonly name: string = 'NonFiniteError';
}

/** Where values began that are NaN or infinite; thrown within `Learner.detectAnomaly`. */
export class AnomalyError extends NonFiniteError {
  static override readonly name: string = 'AnomalyError';

  /**
   * @param phase What was computed when they began; `'batch'` if they are in the batch itself.
   * @param layer The name of the layer, as in `model.namedModules()`; `null` if it was none.
   */
  constructor(
    message: string,
    readonly phase: 'batch' | 'forward' | 'loss' | 'backward',
    readonly layer: string | null,
  ) {
    super(message);
  }
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
