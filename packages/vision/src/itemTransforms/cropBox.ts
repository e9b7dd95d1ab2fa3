import { type Box, checkNumber, type Rng } from '@fastts/core';

/** Bounds of the size and shape of a random crop. */
export interface CropRange {
  /** Minimum fraction of the image's area (default 0.08). */
  minScale?: number;
  /** Maximum fraction of the image's area (default 1). */
  maxScale?: number;
  /** Minimum and maximum aspect ratio, width / height (default [3/4, 4/3]). */
  ratio?: readonly [least: number, greatest: number];
}

/** @throws ArgumentError when a bound is out of range. */
export function checkCropRange({ minScale = 0.08, maxScale = 1, ratio = [3 / 4, 4 / 3] }: CropRange): void {
  checkNumber('maxScale', maxScale, { above: 0, max: 1 });
  checkNumber('minScale', minScale, { above: 0, max: maxScale });
  checkNumber('ratio[0]', ratio[0], { above: 0 });
  checkNumber('ratio[1]', ratio[1], { min: ratio[0] });
}

/** How often a crop is drawn until one fits; then the largest centered one is used. */
const ATTEMPTS = 10;

/**
 * Draws a crop: uniform in its area, in the logarithm of its aspect ratio, and in its position.
 *
 * Source: Szegedy et al. 2014, §6 (https://arxiv.org/abs/1409.4842), as in fastai `vision/augment.py`.
 */
export function drawCropBox(
  height: number,
  width: number,
  { minScale = 0.08, maxScale = 1, ratio = [3 / 4, 4 / 3] }: CropRange,
  rng: Rng,
): Box {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const area = rng.uniform(minScale, maxScale) * height * width;
    const shape = Math.exp(rng.uniform(Math.log(ratio[0]), Math.log(ratio[1])));
    const boxWidth = Math.max(1, Math.round(Math.sqrt(area * shape)));
    const boxHeight = Math.max(1, Math.round(Math.sqrt(area / shape)));
    if (boxWidth <= width && boxHeight <= height) {
      const left = rng.int(width - boxWidth + 1);
      const top = rng.int(height - boxHeight + 1);
      return { left, top, width: boxWidth, height: boxHeight };
    }
  }
  return largestBox(height, width, { ratio });
}

/**
 * The largest centered crop whose aspect ratio is within `ratio`.
 *
 * @param scale Fraction of each of its sides to keep (default 1).
 */
export function largestBox(
  height: number,
  width: number,
  { ratio = [3 / 4, 4 / 3], scale = 1 }: Pick<CropRange, 'ratio'> & { scale?: number } = {},
): Box {
  let [boxWidth, boxHeight] = [width, height];
  if (width / height < ratio[0]) boxHeight = Math.trunc(width / ratio[0]);
  else if (width / height > ratio[1]) boxWidth = Math.trunc(height * ratio[1]);
  boxWidth = Math.max(1, Math.trunc(boxWidth * scale));
  boxHeight = Math.max(1, Math.trunc(boxHeight * scale));
  return {
    left: Math.floor((width - boxWidth) / 2),
    top: Math.floor((height - boxHeight) / 2),
    width: boxWidth,
    height: boxHeight,
  };
}
