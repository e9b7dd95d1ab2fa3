import { checkNumber, registered } from '@fastts/core';
import { type AffineCoordOptions, AffineCoordTfm } from './affineCoordTfm.js';
import { type DrawOptions, drawMasked } from './draw.js';
import { rotateMat } from './matrix.js';

/** Options of {@link Rotate}. */
export interface RotateOptions extends DrawOptions, AffineCoordOptions {
  /** Maximum rotation in either direction, in degrees (default 10). */
  maxDeg?: number;
}

/**
 * Rotates images by at most `maxDeg` degrees with probability `p` (default 0.5).
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('Rotate')
export class Rotate extends AffineCoordTfm {
  constructor({ maxDeg = 10, p = 0.5, draw, batch, ...options }: RotateOptions = {}) {
    super(
      {
        affine: [
          (n, rng) =>
            drawMasked(n, rng, (r) => r.uniform(-maxDeg, maxDeg), { p, draw, batch }).map(rotateMat),
        ],
      },
      options,
    );
    checkNumber('maxDeg', maxDeg, { min: 0 });
    checkNumber('p', p, { min: 0, max: 1 });
  }
}
