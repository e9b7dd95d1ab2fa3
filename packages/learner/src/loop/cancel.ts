/** Thrown by a callback to leave a part of the training loop early. Not an error: the loop continues after it. */
export abstract class Cancel extends Error {
  constructor() {
    super('A callback canceled this part of the training loop.');
    this.name = new.target.name;
  }
}

/** Skips the rest of the batch: on to `afterCancelBatch` and `afterBatch`. Keeps the accumulated gradients. */
export class CancelBatch extends Cancel {
  static override readonly name: string = 'CancelBatch';
}

/** Skips the gradient, when thrown in `beforeBackward`: on to `afterCancelBackward` and `afterBackward`. */
export class CancelBackward extends Cancel {
  static override readonly name: string = 'CancelBackward';
}

/** Skips the optimizer's step, when thrown in `beforeStep`: on to `afterCancelStep` and `afterStep`. */
export class CancelStep extends Cancel {
  static override readonly name: string = 'CancelStep';
}

/** Skips the rest of the epoch's training: on to `afterCancelTrain` and `afterTrain`, then validation. */
export class CancelTrain extends Cancel {
  static override readonly name: string = 'CancelTrain';
}

/** Skips the rest of the validation: on to `afterCancelValidate` and `afterValidate`. */
export class CancelValid extends Cancel {
  static override readonly name: string = 'CancelValid';
}

/** Skips the rest of the epoch: on to `afterCancelEpoch` and `afterEpoch`, then the next epoch. */
export class CancelEpoch extends Cancel {
  static override readonly name: string = 'CancelEpoch';
}

/** Ends the fit: on to `afterCancelFit` and `afterFit`. */
export class CancelFit extends Cancel {
  static override readonly name: string = 'CancelFit';
}
