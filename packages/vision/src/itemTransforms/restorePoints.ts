import type { Point } from '../batchTransforms/perspective.js';

/** Far enough from the origin that rounding to float32 shifts a place by far less than a pixel. */
const UNIT = 1000;

/** Points in the form of a getter's: the origin and one on each axis. Where transforms move them shows how they move any. */
export const referencePoints: readonly Point[] = [
  [0, 0],
  [UNIT, 0],
  [0, UNIT],
];

/**
 * Moves points back to where an affine map has moved them from.
 *
 * @param moved Where it has moved {@link referencePoints}.
 */
export function restorePoints(points: readonly Point[], moved: readonly Point[]): Point[] {
  const [[originX, originY], [aX, aY], [bX, bY]] = moved as [Point, Point, Point];
  const [xx, xy, yx, yy] = [aX - originX, bX - originX, aY - originY, bY - originY];
  const scale = UNIT / (xx * yy - xy * yx);
  return points.map(([x, y]) => {
    const [dx, dy] = [x - originX, y - originY];
    return [(yy * dx - xy * dy) * scale, (xx * dy - yx * dx) * scale];
  });
}
