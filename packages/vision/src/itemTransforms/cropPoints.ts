import { type CropResize, dihedralMoves, type ImageSize } from '../image/imageStep.js';

/**
 * Transforms points like their image is cropped and resized.
 *
 * Source: `_do_crop_pad` and `dihedral` of `TensorPoint`, fastai `vision/augment.py`.
 *
 * @param points x and y of each point, from −1 to 1 over the image; outside of this range for a point that is not on it.
 * @param full Height and width of the image before.
 * @returns x and y of each point, from −1 to 1 over the resulting image.
 */
export function cropPoints(
  points: Float32Array,
  { box, dihedral = 0 }: CropResize,
  [height, width]: ImageSize,
): Float32Array {
  const { flipX, flipY, transpose } = dihedralMoves(dihedral);
  const cropped = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = ((points[i]! + 1) * width - 2 * box.left) / box.width - 1;
    const y = ((points[i + 1]! + 1) * height - 2 * box.top) / box.height - 1;
    const [movedX, movedY] = [flipX ? -x : x, flipY ? -y : y];
    cropped.set(transpose ? [movedY, movedX] : [movedX, movedY], i);
  }
  return cropped;
}

/**
 * Transforms boxes like their image is cropped and resized; each is left, top, right and bottom, from −1 to 1 over
 * the image.
 *
 * Source: as {@link cropPoints}; there, the left and right of a flipped box are swapped, so that `bb_pad` removes it
 * as empty.
 */
export function cropBoxes(boxes: Float32Array, step: CropResize, full: ImageSize): Float32Array {
  const cropped = cropPoints(boxes, step, full);
  for (let i = 0; i < cropped.length; i += 4) {
    const [x0, y0, x1, y1] = [cropped[i]!, cropped[i + 1]!, cropped[i + 2]!, cropped[i + 3]!];
    cropped.set([Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)], i);
  }
  return cropped;
}
