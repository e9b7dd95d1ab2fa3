import { ArgumentError, type Pixels, ShapeError } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { maskPixels } from './maskPixels.js';

/**
 * Converts a tensor, which still belongs to the caller, to an image.
 *
 * @param picture `[height, width, channels]` with 1 or 3 channels, or `[height, width]`: int32 from 0 to 255, as
 *   returned by `tf.browser.fromPixels`, or float32 from 0 to 1, as in a batch.
 * @throws ShapeError for any other shape.
 * @throws ArgumentError for any other dtype, or for a value out of range.
 */
export async function pixelsOf(picture: tf.Tensor): Promise<Pixels> {
  const size = pictureSize(picture);
  const { dtype } = picture;
  if (dtype !== 'float32' && dtype !== 'int32') {
    throw new ArgumentError(
      `An image tensor must be int32, from 0 to 255, or float32, from 0 to 1, got ${dtype}.`,
    );
  }
  const values = await picture.data();
  const data = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = dtype === 'float32' ? Math.round(255 * values[i]!) : values[i]!;
    if (!(value >= 0 && value <= 255)) throw outOfRange(dtype, values[i]!);
    data[i] = value;
  }
  return { data, ...size };
}

/** A mask from a tensor of class indices, which still belongs to the caller. */
export async function maskOf(classes: tf.Tensor): Promise<Pixels> {
  return maskPixels(await classes.data(), pictureSize(classes));
}

/**
 * Height, width and channels of an image or mask given as a tensor.
 *
 * @throws ShapeError when it is not `[height, width]` or `[height, width, channels]` with 1 or 3 channels.
 */
function pictureSize({ rank, shape }: tf.Tensor): Omit<Pixels, 'data'> {
  const [height, width, channels = 1] = shape;
  if (rank < 2 || rank > 3 || (channels !== 1 && channels !== 3)) {
    throw new ShapeError(
      `An image must be a tensor [height, width] or [height, width, channels] with 1 or 3 channels, got [${shape}].`,
    );
  }
  return { width: width!, height: height!, channels };
}

function outOfRange(dtype: 'float32' | 'int32', value: number): ArgumentError {
  if (dtype === 'int32') {
    return new ArgumentError(
      `An int32 image tensor must have values from 0 to 255, got ${value}: rescale it.`,
    );
  }
  return new ArgumentError(
    `A float32 image tensor must have values from 0 to 1, got ${value}: divide by 255 if they run from 0 to 255, and ` +
      'leave normalization to the batch transforms.',
  );
}

/** The images of a batch, given its values from 0 to 255. */
export function splitPixels(
  values: Int32Array | Float32Array | Uint8Array,
  { n, ...picture }: { n: number } & Omit<Pixels, 'data'>,
): Pixels[] {
  const each = values.length / n;
  return Array.from({ length: n }, (_, i) => {
    return { data: Uint8Array.from(values.subarray(i * each, (i + 1) * each)), ...picture };
  });
}
