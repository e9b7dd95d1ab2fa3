import { dihedralMoves, type Framing } from '../image/framing.js';

/**
 * Moves points as a picture is framed.
 *
 * @param points x and y of each, from −1 to 1 over the picture; beyond them where a point is not on it.
 * @param height The picture's height before it is framed.
 * @param width The picture's width before it is framed.
 * @returns x and y of each, from −1 to 1 over the framed picture.
 *
 * Source: `_do_crop_pad` and `dihedral` of `TensorPoint`, fastai `vision/augment.py`.
 */
export function framePoints(
  points: Float32Array,
  { box, dihedral = 0 }: Framing,
  height: number,
  width: number,
): Float32Array {
  const { flipX, flipY, transpose } = dihedralMoves(dihedral);
  const framed = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = ((points[i]! + 1) * width - 2 * box.left) / box.width - 1;
    const y = ((points[i + 1]! + 1) * height - 2 * box.top) / box.height - 1;
    const [movedX, movedY] = [flipX ? -x : x, flipY ? -y : y];
    framed.set(transpose ? [movedY, movedX] : [movedX, movedY], i);
  }
  return framed;
}

/**
 * Moves boxes as a picture is framed; each is left, top, right and bottom, from −1 to 1 over the picture.
 *
 * Source: as {@link framePoints}; there a flipped box has its left and right swapped, which `bb_pad` takes for
 * an empty one.
 */
export function frameBoxes(
  boxes: Float32Array,
  framing: Framing,
  height: number,
  width: number,
): Float32Array {
  const framed = framePoints(boxes, framing, height, width);
  for (let i = 0; i < framed.length; i += 4) {
    const [x0, y0, x1, y1] = framed.subarray(i, i + 4) as unknown as [number, number, number, number];
    framed.set([Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)], i);
  }
  return framed;
}
