import { checkNumber, registered } from '@fastts/core';
import { type DrawOptions, drawMasked } from './draw.js';
import { LightingTfm } from './lightingTfm.js';

/** Options of {@link Brightness} and {@link Contrast}. */
export interface LightingOptions extends DrawOptions {
  /** Maximum change, from 0 to below 1 (default 0.2). */
  maxLighting?: number;
}

/** Bounds of draws: those of fastai's `logit`, which computes in float32. */
const [DARKEST, BRIGHTEST] = [1e-7, Math.fround(1 - 1e-7)];

/**
 * The maximum absolute logarithm of a factor that changes values by at most `max`.
 *
 * @throws ArgumentError when `max` is not from 0 to below 1; the message calls it `name`.
 */
export function reachOf(max: number, name: string): number {
  checkNumber(name, max, { min: 0, below: 1 });
  return -Math.log(1 - max);
}

/**
 * Changes the brightness of images with probability `p` (default 0.75). A draw is the new value of mid-gray; 0.5
 * leaves an image unchanged.
 *
 * Source: fastai `vision/augment.py`.
 */
@registered('Brightness')
export class Brightness extends LightingTfm {
  constructor({ maxLighting = 0.2, p = 0.75, draw, batch }: LightingOptions = {}) {
    super([
      (n, rng) => {
        const random = (r: typeof rng) => r.uniform(0.5 * (1 - maxLighting), 0.5 * (1 + maxLighting));
        const drawn = drawMasked(n, rng, random, { p, draw, batch, neutral: 0.5 });
        const grays = drawn.map((gray) => Math.min(Math.max(gray, DARKEST), BRIGHTEST));
        return { scale: grays.map(() => 1), shift: grays.map((gray) => Math.log(gray / (1 - gray))) };
      },
    ]);
    checkNumber('maxLighting', maxLighting, { min: 0, below: 1 });
    checkNumber('p', p, { min: 0, max: 1 });
  }
}

/**
 * Changes the contrast of images with probability `p` (default 0.75). A draw multiplies the logits; 1 leaves an image
 * unchanged.
 *
 * Source: fastai `vision/augment.py`.
 *
 * @throws ArgumentError when `maxLighting` is not from 0 to below 1.
 */
@registered('Contrast')
export class Contrast extends LightingTfm {
  constructor({ maxLighting = 0.2, p = 0.75, draw, batch }: LightingOptions = {}) {
    const reach = reachOf(maxLighting, 'maxLighting');
    super([
      (n, rng) => {
        const random = (r: typeof rng) => Math.exp(r.uniform(-reach, reach));
        const factors = drawMasked(n, rng, random, { p, draw, batch, neutral: 1 });
        return { scale: factors, shift: factors.map(() => 0) };
      },
    ]);
    checkNumber('p', p, { min: 0, max: 1 });
  }
}
