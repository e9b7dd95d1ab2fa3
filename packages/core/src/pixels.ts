import { ArgumentError, ShapeError } from './errors.js';

/** An image in memory, or a mask of class indices. */
export interface Pixels {
  /** `height · width · channels` bytes in row-major order, with the channels of a pixel adjacent. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 for grayscale or class indices, 3 for RGB, 2 and 4 for the same with opacity. */
  readonly channels: 1 | 2 | 3 | 4;
}

/** Whether a value has the fields of {@link Pixels}. */
export function isPixels(value: unknown): value is Pixels {
  return value instanceof Object && 'data' in value && ArrayBuffer.isView(value.data) && 'width' in value;
}

/**
 * Checks that the data are bytes and that their number matches the size.
 *
 * @param name The image's name in the error message.
 * @throws ArgumentError when they have another type.
 * @throws ShapeError when their number does not match.
 */
export function checkPixels({ data, width, height, channels }: Pixels, name: string): void {
  // By name, which is the same for a `Buffer` and for arrays of other realms.
  const type: string = data[Symbol.toStringTag];
  if (type !== 'Uint8Array' && type !== 'Uint8ClampedArray') {
    throw new ArgumentError(`${name} has data of type ${type}: pass a Uint8Array of bytes from 0 to 255.`);
  }
  if (data.length === height * width * channels) return;
  throw new ShapeError(
    `${name} has ${data.length} bytes, but ${height} × ${width} pixels of ${channels} ` +
      `channel${channels === 1 ? '' : 's'} need ${height * width * channels}.`,
  );
}
