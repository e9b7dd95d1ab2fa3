import type { Box, Pixels } from '@fastts/core';

/**
 * Resizes a part of an image like Pillow's `BILINEAR`: each output pixel is a mean of the input pixels around its
 * position, weighted by a triangle, which widens with the scale when the image shrinks. If it shrinks to a quarter or
 * less, it is like `sharp` instead, which averages blocks of pixels first.
 *
 * Used to enlarge, since `sharp` then shifts by half an output pixel, and to shrink where `sharp` is not available.
 *
 * @param box The part, within the image; its sides need not be integers.
 * @param size Its new height and width.
 */
export function resizePixels(
  { data, width, height, channels }: Pixels,
  box: Box,
  [outHeight, outWidth]: readonly [height: number, width: number],
): Pixels {
  const columns = triangles(width, box.left, box.width, outWidth);
  const rows = triangles(height, box.top, box.height, outHeight);
  // Skip rows that no output needs.
  const { first: top } = rows[0]!;
  const bottom = rows.at(-1)!.first + rows.at(-1)!.weights.length;
  const needed = data.subarray(top * width * channels, bottom * width * channels);
  const lines = blend(needed, { count: bottom - top, length: width, stride: channels }, columns);
  const below = rows.map(({ first, weights }) => ({ first: first - top, weights }));
  const resized = blend(lines, { count: 1, length: bottom - top, stride: outWidth * channels }, below);
  return { data: resized, width: outWidth, height: outHeight, channels };
}

/** The input pixels of one output pixel along an axis: consecutive from `first` on, with weights that sum to 1. */
interface Window {
  first: number;
  weights: Float64Array;
}

/** An axis of an array: `count` blocks, each of `length` elements that are `stride` bytes long. */
interface Axis {
  count: number;
  length: number;
  stride: number;
}

/** Replaces the elements along an axis by their weighted means, rounded to bytes. */
function blend(data: Uint8Array, { count, length, stride }: Axis, windows: readonly Window[]): Uint8Array {
  const blended = new Uint8Array(count * windows.length * stride);
  let to = 0;
  for (let block = 0; block < count; block++) {
    for (const { first, weights } of windows) {
      const start = (block * length + first) * stride;
      for (let k = start; k < start + stride; k++) {
        let sum = 0.5;
        for (let i = 0, from = k; i < weights.length; i++, from += stride) sum += weights[i]! * data[from]!;
        blended[to++] = sum;
      }
    }
  }
  return blended;
}

/** The windows of `output` pixels that cover `length` of `full` input pixels from `start` on. */
function triangles(full: number, start: number, length: number, output: number): Window[] {
  // An integer-pixel box is cropped first, as in fastai, so that pixels around it do not contribute.
  const isCut = Number.isInteger(start) && Number.isInteger(length);
  const [low, high] = isCut ? [start, start + length] : [0, full];
  // From a scale of 4 on, sharp averages blocks of pixels before weighting them.
  const block = Math.max(1, Math.floor(length / output / 2));
  const blocks = Math.ceil((high - low) / block);
  const scale = length / output / block;
  const reach = Math.max(1, scale);
  return Array.from({ length: output }, (_, i) => {
    const center = (start - low) / block + (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(blocks, Math.trunc(center + reach + 0.5));
    const triangle = Float64Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - center) / reach),
    );
    const sum = block * triangle.reduce((a, b) => a + b, 0);
    const from = low + first * block;
    const weights = new Float64Array(Math.min(high, low + end * block) - from);
    // The last block is padded with its last pixel.
    for (let k = 0; k < triangle.length * block; k++) {
      weights[Math.min(k, weights.length - 1)]! += triangle[Math.floor(k / block)]! / sum;
    }
    return { first: from, weights };
  });
}
