import { type Pixels, ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Converts a tensor, which still belongs to the caller, to an image.
 *
 * @param picture `[height, width, channels]` with 1 or 3 channels, or `[height, width]`: int32 from 0 to 255, as
 *   returned by `tf.browser.fromPixels`, or float32 from 0 to 1, as in a batch.
 * @throws ShapeError for any other shape.
 */
export async function pixelsOf(picture: tf.Tensor): Promise<Pixels> {
  const [height, width, channels = 1] = picture.shape;
  if (picture.rank < 2 || picture.rank > 3 || (channels !== 1 && channels !== 3)) {
    throw new ShapeError(
      `An image must be a tensor [height, width] or [height, width, channels] with 1 or 3 channels, got [${picture.shape}].`,
    );
  }
  const bytes = tf.tidy(() => {
    const scaled = picture.dtype === 'float32' ? tf.round(tf.mul(picture, 255)) : picture;
    return tf.clipByValue(tf.cast(scaled, 'int32'), 0, 255);
  });
  try {
    return { data: Uint8Array.from(await bytes.data()), width: width!, height: height!, channels };
  } finally {
    bytes.dispose();
  }
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
