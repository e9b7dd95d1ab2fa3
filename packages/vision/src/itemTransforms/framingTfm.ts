import { ArgumentError, Transform, type TransformContext } from '@fastts/core';
import type { Framer } from '../image/framing.js';
import { LazyImage } from '../image/lazyImage.js';
import { frameBoxes, framePoints } from './framePoints.js';

/**
 * Item transform that cuts, resizes or lays a picture, and moves with it the masks, points and boxes of the
 * same item: `Resize`, `RandomCrop` and the like.
 *
 * Pictures and masks stay lazy; points and boxes come from {@link PointScaler}.
 */
export abstract class FramingTfm extends Transform {
  override order = 1;
  override kinds = ['image', 'mask', 'point', 'bbox'];
  private framer: Framer | null = null;
  private picture: LazyImage | undefined;

  /**
   * Draws what happens to an item, or `null` where that is nothing. A picture's size is not known before its
   * file is opened, so the framer may be called later, and for several values of the item.
   */
  protected abstract draw(context: TransformContext): Framer | null;

  override beforeCall(values: readonly unknown[], kinds: readonly string[], context: TransformContext): void {
    this.framer = this.draw(context);
    this.picture = pictureOf(values, kinds);
  }

  encodes(value: LazyImage, kind?: 'image' | 'mask'): LazyImage;
  encodes(value: Float32Array, kind: 'point' | 'bbox'): Float32Array | Promise<Float32Array>;
  encodes(value: LazyImage | Float32Array, kind?: string): unknown {
    const { framer, picture } = this;
    if (!framer) return value;
    if (value instanceof LazyImage) return value.framed(framer);
    if (!(value instanceof Float32Array)) {
      throw new ArgumentError(
        `${this.constructor.name} takes a picture that is not decoded yet: give it among itemTfms.`,
      );
    }
    if (!picture)
      throw new ArgumentError(`${this.constructor.name} needs the picture that the ${kind} is on.`);
    const frame = kind === 'bbox' ? frameBoxes : framePoints;
    return picture.size().then((size) => frame(value, framer(...size), ...size));
  }
}

/** The picture that the points and boxes of an item are on: its first. */
export function pictureOf(values: readonly unknown[], kinds: readonly string[]): LazyImage | undefined {
  const value = values[kinds.indexOf('image')];
  return value instanceof LazyImage ? value : undefined;
}
