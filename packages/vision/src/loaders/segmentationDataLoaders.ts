import type { Pixels } from '@fastts/core';
import { DataBlock, DataLoaders, RandomSplitter } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { ImageBlock } from '../blocks/imageBlock.js';
import { MaskBlock, type MaskBlockOptions } from '../blocks/maskBlock.js';
import type { ImageSource } from '../image/lazyImage.js';
import type { RandomSplitOptions } from './imageDataLoadersOptions.js';

/** Settings of {@link SegmentationDataLoaders.fromLabelFunc}. */
export interface FromLabelFuncOptions extends RandomSplitOptions, MaskBlockOptions {}

/**
 * Data loaders of images and their segmentation masks: batches are images `[n, height, width, channels]` and class
 * indices `[n, height, width]`.
 *
 * Source: fastai `vision/data.py`, `SegmentationDataLoaders`.
 */
export class SegmentationDataLoaders extends DataLoaders<tf.Tensor4D, tf.Tensor3D, Pixels, string> {
  /**
   * Image files, each with the mask returned by a function of its path: the mask's path, its bytes, its pixels, or a
   * tensor of class indices.
   *
   * @param path The folder in which a `Learner` saves.
   * @param fnames The image files.
   * @example
   * const dls = await SegmentationDataLoaders.fromLabelFunc(path, getImageFiles(join(path, 'images')),
   *   (file) => join(path, 'labels', basename(file).replace('.png', '_P.png')), { codes, itemTfms: new Resize(224) });
   */
  static async fromLabelFunc(
    path: string,
    fnames: readonly string[],
    labelFunc: (path: string) => ImageSource | tf.Tensor,
    { validPct, seed, codes, mode, itemTfms, batchTfms, ...options }: FromLabelFuncOptions = {},
  ): Promise<SegmentationDataLoaders> {
    const block = new DataBlock({
      blocks: [ImageBlock({ mode }), MaskBlock({ codes })],
      getY: labelFunc,
      splitter: new RandomSplitter(validPct, { seed }),
      itemTfms,
      batchTfms,
    });
    const { loaders } = await block.dataloaders(fnames, options);
    return new SegmentationDataLoaders(loaders, { path });
  }
}
