import { checkNumber, registered } from '@fastts/core';
import { type AffineCoordOptions, AffineCoordTfm } from './affineCoordTfm.js';
import { type Draw, drawMasked } from './draw.js';
import { warpMat } from './perspective.js';

/** Options of {@link Warp}. */
export interface WarpOptions extends AffineCoordOptions {
  /** Maximum change of the viewpoint in either direction (default 0.2). */
  magnitude?: number;
  /** Probability of each of the two changes, horizontal and vertical (default 0.5). */
  p?: number;
  /** Fixed horizontal changes in place of random ones. */
  drawX?: Draw;
  /** Fixed vertical changes in place of random ones. */
  drawY?: Draw;
  /** Whether one draw is shared by the whole batch (default false). */
  batch?: boolean;
}

/**
 * Warps images by a random change of perspective.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('Warp')
export class Warp extends AffineCoordTfm {
  constructor({ magnitude = 0.2, p = 0.5, drawX, drawY, batch, ...options }: WarpOptions = {}) {
    super(
      {
        coord: [
          (n, rng) => {
            const change = (r: typeof rng) => r.uniform(-magnitude, magnitude);
            const xs = drawMasked(n, rng, change, { p, draw: drawX, batch });
            const ys = drawMasked(n, rng, change, { p, draw: drawY, batch });
            return xs.map((x, i) => warpMat(x, ys[i]!));
          },
        ],
      },
      options,
    );
    checkNumber('magnitude', magnitude, { min: 0 });
    checkNumber('p', p, { min: 0, max: 1 });
  }
}
