import { ArgumentError, nameOf, type Transform, type ValueTuple } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * The first batch of images among a batch transform's inputs.
 *
 * @throws ArgumentError when it is the image of a single item: the transform is in the wrong list.
 */
export function imagesIn({ values, kinds }: ValueTuple, transform: Transform): tf.Tensor4D | undefined {
  const images = values[kinds.indexOf('image')] as tf.Tensor4D | undefined;
  if (images === undefined || 'shape' in images) return images;
  throw new ArgumentError(`${nameOf(transform)} takes a whole batch: pass it in batchTfms, not itemTfms.`);
}
