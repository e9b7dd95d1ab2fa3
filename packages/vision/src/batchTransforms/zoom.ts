import { checkNumber, registered } from '@fastts/core';
import { type AffineCoordOptions, AffineCoordTfm } from './affineCoordTfm.js';
import { type Draw, type DrawOptions, drawMasked } from './draw.js';
import { zoomMat } from './matrix.js';

/** Options of {@link Zoom}. */
export interface ZoomOptions extends DrawOptions, AffineCoordOptions {
  /** Minimum magnification (default 1). */
  minZoom?: number;
  /** Maximum magnification (default 1.1). */
  maxZoom?: number;
  /** Horizontal center of the zoom, as a fraction of the width (default: random). */
  drawX?: Draw;
  /** Vertical center of the zoom, as a fraction of the height (default: random). */
  drawY?: Draw;
}

/**
 * Magnifies images about a random point with probability `p` (default 0.5).
 *
 * Source: fastai `vision/augment.py`.
 *
 * @throws ArgumentError when `minZoom` is not positive, or above `maxZoom`.
 */
@registered('Zoom')
export class Zoom extends AffineCoordTfm {
  constructor({
    minZoom = 1,
    maxZoom = 1.1,
    p = 0.5,
    draw,
    drawX,
    drawY,
    batch,
    ...options
  }: ZoomOptions = {}) {
    checkNumber('maxZoom', maxZoom, { above: 0 });
    checkNumber('minZoom', minZoom, { above: 0, max: maxZoom });
    checkNumber('p', p, { min: 0, max: 1 });
    super(
      {
        affine: [
          (n, rng) => {
            const zoom = (r: typeof rng) => r.uniform(minZoom, maxZoom);
            const zooms = drawMasked(n, rng, zoom, { p, draw, batch, neutral: 1 });
            const xs = drawMasked(n, rng, (r) => r.next(), { draw: drawX, batch });
            const ys = drawMasked(n, rng, (r) => r.next(), { draw: drawY, batch });
            return zooms.map((z, i) => zoomMat(z, xs[i]!, ys[i]!));
          },
        ],
      },
      options,
    );
  }
}
