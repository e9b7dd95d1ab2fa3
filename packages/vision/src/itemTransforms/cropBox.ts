import type { Box, Rng } from '@fastts/core';

/** How large a random crop may be, and of what shape. */
export interface CropRange {
  /** Smallest share of the image's area (default 0.08). */
  minScale?: number;
  /** Largest share of the image's area (default 1). */
  maxScale?: number;
  /** Least and greatest width over height (default [3/4, 4/3]). */
  ratio?: readonly [least: number, greatest: number];
}

/** How often a crop that does not fit is redrawn before the largest one in the middle is taken. */
const ATTEMPTS = 10;

/**
 * Draws a crop: its area uniformly, its shape uniformly in the logarithm, its place uniformly.
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
 * The largest crop in the middle whose shape `ratio` allows.
 *
 * @param scale Share of each of its sides to keep (default 1).
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
