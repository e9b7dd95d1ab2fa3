import {
  ArgumentError,
  type DrawContext,
  type EncodeContext,
  Transform,
  type ValueTuple,
} from '@fastts/core';
import type { Framer } from '../image/framing.js';
import { LazyImage } from '../image/lazyImage.js';
import { frameBoxes, framePoints } from './framePoints.js';

/**
 * Item transform that cuts, resizes or lays a picture, and moves with it the masks, points and boxes of the
 * same item: `Resize`, `RandomCrop` and the like.
 *
 * Pictures and masks stay lazy; points and boxes come from {@link PointScaler}.
 */
export abstract class FramingTfm extends Transform<Framer | null> {
  override order = 1;
  override kinds = ['image', 'mask', 'point', 'bbox'];

  /**
   * Draws what happens to an item, or `null` where that is nothing. A picture's size is not known before its
   * file is opened, so the framer may be called later, and for several values of the item.
   */
  abstract override draw(context: DrawContext): Framer | null;

  encodes(
    value: LazyImage | Float32Array,
    { draw: framer, kind, ...item }: EncodeContext<Framer | null>,
  ): LazyImage | Float32Array | Promise<Float32Array> {
    if (!framer) return value;
    if (value instanceof LazyImage) return value.framed(framer);
    if (!(value instanceof Float32Array)) {
      throw new ArgumentError(
        `${this.constructor.name} takes a picture that is not decoded yet: give it among itemTfms.`,
      );
    }
    const picture = pictureOf(item);
    if (!picture)
      throw new ArgumentError(`${this.constructor.name} needs the picture that the ${kind} is on.`);
    const frame = kind === 'bbox' ? frameBoxes : framePoints;
    return picture.size().then((size) => frame(value, framer(...size), ...size));
  }
}

/** The picture that the points and boxes of an item are on: its first. */
export function pictureOf({ values, kinds }: ValueTuple): LazyImage | undefined {
  const value = values[kinds.indexOf('image')];
  return value instanceof LazyImage ? value : undefined;
}
