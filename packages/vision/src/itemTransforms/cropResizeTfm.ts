import {
  ArgumentError,
  type DrawContext,
  type EncodeContext,
  isPixels,
  nameOf,
  type Pixels,
  Transform,
  type ValueTuple,
} from '@fastts/core';
import type { ImageStep } from '../image/imageStep.js';
import { LazyImage } from '../image/lazyImage.js';
import { cropBoxes, cropPoints } from './cropPoints.js';

/**
 * Item transform that crops, resizes, pads or flips an image, and does the same to the masks, points and boxes of the
 * same item: the base of `Resize`, `RandomCrop` and similar transforms.
 *
 * Images and masks stay lazy; points and boxes come from {@link PointScaler}.
 */
export abstract class CropResizeTfm extends Transform<ImageStep | null> {
  override order = 1;
  override kinds = ['image', 'mask', 'point', 'bbox'];
  override takesLazy = true;

  /**
   * Draws what happens to an item, or `null` where nothing does. An image's size is not known before its file is opened,
   * so the step is called later, and for several values of the item: it must not draw itself.
   */
  abstract override draw(context: DrawContext): ImageStep | null;

  encodes(
    value: LazyImage | Pixels | Float32Array,
    { draw: step, kind, ...item }: EncodeContext<ImageStep | null>,
  ): LazyImage | Pixels | Float32Array | Promise<Float32Array> {
    if (!step) return value;
    if (value instanceof LazyImage || isPixels(value)) {
      return LazyImage.of(value, kind === 'mask' ? 'mask' : undefined).with(step);
    }
    if (!(value instanceof Float32Array)) {
      throw new ArgumentError(`${nameOf(this)} takes the image of one item: pass it in itemTfms.`);
    }
    const picture = pictureOf(item);
    if (!picture) throw new ArgumentError(`${nameOf(this)} needs the image that the ${kind} is on.`);
    const crop = kind === 'bbox' ? cropBoxes : cropPoints;
    return picture.size().then((size) => crop(value, step(...size), size));
  }
}

/** The image that the points and boxes of an item are on: its first. */
export function pictureOf({ values, kinds }: ValueTuple): LazyImage | undefined {
  const image = values[kinds.indexOf('image')];
  return image instanceof LazyImage || isPixels(image) ? LazyImage.of(image) : undefined;
}
