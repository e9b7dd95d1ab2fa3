import { checkInteger, registered, Transform } from '@fastts/core';
import { describeValue } from '../describeValue.js';
import { LabelError } from '../errors.js';

/**
 * Checks that targets are numbers, or lists of `c` numbers.
 *
 * Source: fastai `data/transforms.py`, `RegressionSetup`.
 *
 * @throws LabelError for any other target.
 */
@registered('RegressionSetup')
export class RegressionSetup extends Transform {
  /** @param c Length of each target (default 1). */
  constructor(readonly c = 1) {
    super();
    checkInteger('nOut', c, { min: 1 });
  }

  encodes(target: number | ArrayLike<number>): number | number[] {
    const isList = typeof target === 'object' && target !== null;
    const numbers = isList ? Array.from(target) : [target];
    const wanted = this.c === 1 ? 'a number' : `a list of ${this.c} numbers`;
    if (!numbers.every((number) => typeof number === 'number')) {
      const isText = typeof target === 'string' && target !== '' && Number.isFinite(Number(target));
      throw new LabelError(
        `A regression target must be ${wanted}, got ${describeValue(target)}` +
          `${isText ? ', which is text: a column is read as text if any of its cells is not a number' : ''}.`,
      );
    }
    if (isList !== this.c > 1 || numbers.length !== this.c) {
      throw new LabelError(
        `A regression target must be ${wanted}, got ${describeValue(target)}: ` +
          `set nOut of RegressionBlock, or return such a target from getY.`,
      );
    }
    return isList ? numbers : numbers[0]!;
  }

  /** The numbers, rounded to the digits of a float32. */
  override decodes(target: number | readonly number[]): number | number[] {
    return typeof target === 'number' ? rounded(target) : target.map(rounded);
  }
}

function rounded(number: number): number {
  return Number(number.toPrecision(7));
}
