import { ArgumentError, type EncodeContext, registered, Transform } from '@fastts/core';
import { pictureOf } from './cropResizeTfm.js';

/** Options of {@link PointScaler}. */
export interface PointScalerOptions {
  /** Whether coordinates are given in pixels (default true), rather than from −1 to 1. */
  doScale?: boolean;
  /** Whether a point's y comes before its x (default false). */
  yFirst?: boolean;
}

/**
 * Item transform that converts points and boxes from pixels of their image to coordinates from −1 (left, top) to 1
 * (right, bottom), which do not change when the image is resized. {@link toPixels} is its inverse.
 *
 * `PointBlock` and `BBoxBlock` add one, which a given one replaces. Pixels are counted after an image is rotated
 * according to its EXIF orientation.
 *
 * Source: fastai `vision/core.py`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), PointBlock()], itemTfms: [new PointScaler({ yFirst: true }), new Resize(224)] });
 */
@registered('PointScaler')
export class PointScaler extends Transform {
  /** Before all spatial transforms. In fastai it runs after `FlipItem` and `CropPad`, which then misplace points. */
  override order = -1;
  override kinds = ['point', 'bbox'];
  private readonly doScale: boolean;
  private readonly yFirst: boolean;

  constructor({ doScale = true, yFirst = false }: PointScalerOptions = {}) {
    super();
    this.doScale = doScale;
    this.yFirst = yFirst;
  }

  encodes(points: Float32Array, { kind, ...item }: EncodeContext): Float32Array | Promise<Float32Array> {
    const { doScale, yFirst } = this;
    const ordered = yFirst ? swapped(points) : points;
    if (!doScale) return ordered;
    const picture = pictureOf(item);
    if (!picture) throw new ArgumentError(`PointScaler needs the image of the ${kind}: add an ImageBlock.`);
    return picture.size().then(([height, width]) => {
      return ordered.map((value, i) => (2 * value) / (i % 2 === 0 ? width : height) - 1);
    });
  }
}

/**
 * Converts points or boxes to pixels of an image of the given height and width.
 *
 * Source: `PointScaler.decodes` of fastai `vision/core.py`.
 *
 * @param places Points [x, y], or boxes [left, top, right, bottom], from −1 to 1.
 * @example
 * const [[, points]] = await dls.decodeBatch(await dls.valid.oneBatch());
 * const inPixels = toPixels(points, [224, 224]);
 */
export function toPixels(
  places: readonly (readonly number[])[],
  [height, width]: readonly [height: number, width: number],
): number[][] {
  return places.map((place) => place.map((value, i) => ((value + 1) * (i % 2 === 0 ? width : height)) / 2));
}

function swapped(points: Float32Array): Float32Array {
  return points.map((_, i) => points[i % 2 === 0 ? i + 1 : i - 1]!);
}
