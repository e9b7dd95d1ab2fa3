import { isPixels } from '@fastts/core';
import { type BinaryFile, bytesOf, isBinaryFile } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { type ImageMode, type ImageSource, LazyImage } from './lazyImage.js';
import { maskOf, pixelsOf } from './pixelsOf.js';

/** The pixels of a canvas: RGBA, without a field for the number of channels. */
interface CanvasPixels {
  readonly data: Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Anything from which an image or a mask can be opened. */
export type ImageLike = ImageSource | BinaryFile | CanvasPixels | tf.Tensor | LazyImage;

/** Converts a value to a lazy image; a tensor or a `Blob` is read first. */
export function openImage(given: ImageLike, mode: ImageMode): LazyImage | Promise<LazyImage> {
  const open = (source: ImageSource) => new LazyImage(source, mode);
  // Its steps then count as given, before those of item transforms.
  if (given instanceof LazyImage) return new LazyImage(given.source, given.mode, given.steps);
  if (given instanceof tf.Tensor) return (mode === 'mask' ? maskOf : pixelsOf)(given).then(open);
  if (isBinaryFile(given)) return bytesOf(given).then(open);
  if (!isCanvasPixels(given)) return open(given);
  const { data, width, height } = given;
  return bytesOf(data).then((bytes) => open({ data: bytes, width, height, channels: 4 }));
}

function isCanvasPixels(given: ImageSource | CanvasPixels): given is CanvasPixels {
  return isPixels(given) && given.channels === undefined;
}
