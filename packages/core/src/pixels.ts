import { ShapeError } from './errors.js';

/** A picture in memory, or a mask of class numbers. */
export interface Pixels {
  /** `height · width · channels` bytes, row by row, the channels of a pixel side by side. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1: gray, or class numbers; 3: red, green and blue; 2 and 4: the same with opacity. */
  readonly channels: 1 | 2 | 3 | 4;
}

/** Whether a value is pixels, by its fields. */
export function isPixels(value: unknown): value is Pixels {
  return value instanceof Object && 'data' in value && ArrayBuffer.isView(value.data) && 'width' in value;
}

/**
 * Checks that there are as many bytes as the size needs.
 *
 * @param name What the error message calls the picture.
 * @throws ShapeError when there are more or fewer.
 */
export function checkPixels({ data, width, height, channels }: Pixels, name: string): void {
  if (data.length === height * width * channels) return;
  throw new ShapeError(
    `${name} has ${data.length} bytes, but ${height} × ${width} pixels of ${channels} ` +
      `channel${channels === 1 ? '' : 's'} need ${height * width * channels}.`,
  );
}
