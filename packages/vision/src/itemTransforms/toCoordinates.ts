import { registered, Transform } from '@fastts/core';
import { LabelError } from '@fastts/data';
import { Tensor } from '@tensorflow/tfjs-core';

/** Points or boxes of an image: a list of each one's numbers, or all their numbers in one list. */
export type CoordinatesLike = readonly (readonly number[])[] | ArrayLike<number>;

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
    const isList = Array.isArray(coordinates) || ArrayBuffer.isView(coordinates);
    const parts: unknown[] = isList ? Array.from(coordinates as ArrayLike<unknown>) : [];
    const numbers = Float32Array.from(parts.flat() as number[]);
    const whole = parts.every((part) => !Array.isArray(part) || part.length === this.each);
    if (isList && whole && numbers.length % this.each === 0 && numbers.every(Number.isFinite)) {
      return numbers;
    }
    const named =
      this.each === 2
        ? 'Points must be a list of [x, y]'
        : 'Boxes must be a list of [left, top, right, bottom]';
    const got = coordinates instanceof Tensor ? 'a tensor: return its array()' : JSON.stringify(coordinates);
    throw new LabelError(`${named}, got ${got}.`);
  }
}

/** The numbers of an item's points or boxes, in groups of `each`. */
export function grouped(numbers: ArrayLike<number>, each: number): number[][] {
  return Array.from({ length: numbers.length / each }, (_, i) =>
    Array.from({ length: each }, (_, k) => numbers[i * each + k]!),
  );
}
