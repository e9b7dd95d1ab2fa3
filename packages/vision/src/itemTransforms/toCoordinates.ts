import { registered, Transform } from '@fastts/core';
import { describeValue, LabelError } from '@fastts/data';
import { Tensor } from '@tensorflow/tfjs-core';

/** Points or boxes of an image: a list of each one's numbers, or all their numbers in one list. */
export type CoordinatesLike = readonly ArrayLike<number>[] | ArrayLike<number>;

/**
 * Converts the points or boxes that a getter returns to a list of numbers.
 *
 * @throws LabelError when they are not numbers, or a point or box does not have `each` of them.
 */
@registered('ToCoordinates')
export class ToCoordinates extends Transform {
  override kinds: readonly string[];

  /**
   * @param kind `'point'` or `'bbox'`.
   * @param each Numbers per point or box: two or four.
   */
  constructor(
    kind: 'point' | 'bbox',
    readonly each: 2 | 4,
  ) {
    super();
    this.kinds = [kind];
  }

  encodes(coordinates: CoordinatesLike): Float32Array {
    const parts = isList(coordinates) ? Array.from<unknown>(coordinates) : undefined;
    const whole = parts?.every((part) => !isList(part) || part.length === this.each);
    const numbers = parts?.flatMap((part) => (isList(part) ? Array.from(part) : [part]));
    // Without conversion, which would turn a missing coordinate into 0.
    if (whole && numbers && numbers.length % this.each === 0 && numbers.every(isFiniteNumber)) {
      return Float32Array.from(numbers);
    }
    const named =
      this.each === 2
        ? 'Points must be a list of [x, y]'
        : 'Boxes must be a list of [left, top, right, bottom]';
    const got = coordinates instanceof Tensor ? 'a tensor: return its array()' : describeValue(coordinates);
    throw new LabelError(`${named}, got ${got}.`);
  }
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

/** The numbers of an item's points or boxes, in groups of `each`. */
export function grouped(numbers: ArrayLike<number>, each: number): number[][] {
  return Array.from({ length: numbers.length / each }, (_, i) =>
    Array.from({ length: each }, (_, k) => numbers[i * each + k]!),
  );
}
