import { checkNumber, registered } from '@fastts/core';
import { type AffineCoordOptions, AffineCoordTfm } from './affineCoordTfm.js';
import { type DrawOptions, deterministicDraw, drawMasked } from './draw.js';
import { dihedralMat, flipMat } from './matrix.js';

/**
 * Flips images horizontally with probability `p` (default 0.5).
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('Flip')
export class Flip extends AffineCoordTfm {
  constructor({ p = 0.5, draw, batch, ...options }: DrawOptions & AffineCoordOptions = {}) {
    super({ affine: [(n, rng) => drawMasked(n, rng, () => 1, { p, draw, batch }).map(flipMat)] }, options);
    checkNumber('p', p, { min: 0, max: 1 });
  }
}

/**
 * With probability `p` (default 0.5) applies one of the eight symmetries of the square to images.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('Dihedral')
export class Dihedral extends AffineCoordTfm {
  constructor({ p = 0.5, draw, batch, ...options }: DrawOptions & AffineCoordOptions = {}) {
    super(
      {
        affine: [
          (n, rng) => drawMasked(n, rng, (r) => r.int(8), { p, draw, batch }).map((k) => dihedralMat(k)),
        ],
      },
      options,
    );
    checkNumber('p', p, { min: 0, max: 1 });
  }
}

/**
 * Flips the images of every other batch horizontally, starting with the second.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('DeterministicFlip')
export class DeterministicFlip extends Flip {
  constructor(options: AffineCoordOptions = {}) {
    super({ ...options, p: 1, draw: deterministicDraw([0, 1]) });
  }
}

/**
 * Applies the eight symmetries of the square in turn, one per batch.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('DeterministicDihedral')
export class DeterministicDihedral extends Dihedral {
  constructor(options: AffineCoordOptions = {}) {
    super({ ...options, p: 1, draw: deterministicDraw([0, 1, 2, 3, 4, 5, 6, 7]) });
  }
}
