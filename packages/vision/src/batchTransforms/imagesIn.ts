import { ArgumentError, type Transform, type ValueTuple } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * The batch of pictures among the values that come to a batch transform: the first, if there are several.
 *
 * @throws ArgumentError when it is an item's picture: the transform is in the wrong list
 */
export function imagesIn({ values, kinds }: ValueTuple, transform: Transform): tf.Tensor4D | undefined {
  const images = values[kinds.indexOf('image')] as tf.Tensor4D | undefined;
  if (images === undefined || 'shape' in images) return images;
  throw new ArgumentError(
    `${transform.constructor.name} takes a whole batch: give it among batchTfms, not itemTfms.`,
  );
}
