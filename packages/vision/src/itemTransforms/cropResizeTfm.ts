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
 * Base class of item transforms that crop, resize, pad or flip an image together with the item's masks, points and
 * boxes, such as `Resize` and `RandomCrop`.
 *
 * Images and masks stay lazy; points and boxes come from {@link PointScaler}.
 */
export abstract class CropResizeTfm extends Transform<ImageStep | null> {
  override order = 1;
  override kinds = ['image', 'mask', 'point', 'bbox'];
  override takesLazy = true;

  /**
   * Draws a step for an item; `null` for none. An image's size is known only when its file is opened, so the step is
   * called later, and for several values of the item: it must not draw anything itself.
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
    if (!picture)
      throw new ArgumentError(`${nameOf(this)} needs the image of the ${kind}: add an ImageBlock.`);
    const crop = kind === 'bbox' ? cropBoxes : cropPoints;
    return picture.size().then((size) => crop(value, step(...size), size));
  }
}

/** The image to which an item's points and boxes belong: its first. */
export function pictureOf({ values, kinds }: ValueTuple): LazyImage | undefined {
  const image = values[kinds.indexOf('image')];
  return image instanceof LazyImage || isPixels(image) ? LazyImage.of(image) : undefined;
}
