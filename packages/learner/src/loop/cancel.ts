/** Thrown by a callback to leave a part of the training loop early. Not an error: the loop continues after it. */
export abstract class Cancel extends Error {
  constructor() {
    super('A callback cancelled this part of the training loop.');
    this.name = new.target.name;
  }
}

/** Skips the rest of the batch: on to `afterCancelBatch` and `afterBatch`. Keeps the accumulated gradients. */
export class CancelBatch extends Cancel {}

/** Skips the gradient, when thrown in `beforeBackward`: on to `afterCancelBackward` and `afterBackward`. */
export class CancelBackward extends Cancel {}

/** Skips the optimizer's step, when thrown in `beforeStep`: on to `afterCancelStep` and `afterStep`. */
export class CancelStep extends Cancel {}

/** Skips the rest of the epoch's training: on to `afterCancelTrain` and `afterTrain`, then validation. */
export class CancelTrain extends Cancel {}

/** Skips the rest of the validation: on to `afterCancelValidate` and `afterValidate`. */
export class CancelValid extends Cancel {}

/** Skips the rest of the epoch: on to `afterCancelEpoch` and `afterEpoch`, then the next epoch. */
export class CancelEpoch extends Cancel {}

/** Ends the fit: on to `afterCancelFit` and `afterFit`. */
export class CancelFit extends Cancel {}
