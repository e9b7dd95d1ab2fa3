import * as tf from '@tensorflow/tfjs';
import { ShapeError } from '../errors.js';
import { hasKernel, runKernel } from './engineKernel.js';

/**
 * A batch of pictures, in 0 … 1, of the bytes of each.
 *
 * @param bytes Each picture's `height · width · channels` bytes, rows first, channels last.
 * @param shape `[height, width, channels]`, the same for all.
 * @returns `[n, height, width, channels]`
 * @throws ShapeError when a picture has another number of bytes.
 */
export function imagesFromBytes(
  bytes: readonly Uint8Array[],
  [height, width, channels]: readonly [height: number, width: number, channels: number],
): tf.Tensor4D {
  const size = height * width * channels;
  for (const [i, { length }] of bytes.entries()) {
    if (length !== size) {
      throw new ShapeError(
        `Picture ${i} of the batch has ${length} bytes, but [${height}, ${width}, ${channels}] needs ${size}: resize all pictures to one size before batching.`,
      );
    }
  }
  const shape: [number, number, number, number] = [bytes.length, height, width, channels];
  if (hasKernel('ImagesFromBytes')) return runKernel('ImagesFromBytes', {}, { bytes, shape });
  const values = new Float32Array(bytes.length * size);
  for (const [i, picture] of bytes.entries()) {
    for (let j = 0; j < size; j++) values[i * size + j] = picture[j]! / 255;
  }
  return tf.tensor4d(values, shape);
}
