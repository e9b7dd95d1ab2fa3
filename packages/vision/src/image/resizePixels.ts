import type { Box, Pixels } from '@fastts/core';

/**
 * Resizes a part of an image like Pillow's `BILINEAR`, and approximately like `sharp`: each output pixel is a mean of
 * the input pixels around its position, weighted by a triangle, which widens with the scale when the image shrinks.
 * Used where `sharp` is not available.
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
  const [top, bottom] = [rows[0]!.first, rows.at(-1)!.first + rows.at(-1)!.weights.length];
  const lines = new Float32Array((bottom - top) * outWidth * channels);
  for (let y = top; y < bottom; y++) {
    for (const [x, { first, weights }] of columns.entries()) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const [i, weight] of weights.entries()) {
          sum += weight * data[(y * width + first + i) * channels + c]!;
        }
        lines[((y - top) * outWidth + x) * channels + c] = Math.round(sum);
      }
    }
  }
  const lineLength = outWidth * channels;
  const resized = new Uint8Array(outHeight * lineLength);
  for (const [y, { first, weights }] of rows.entries()) {
    for (let x = 0; x < lineLength; x++) {
      let sum = 0;
      for (const [i, weight] of weights.entries()) sum += weight * lines[(first - top + i) * lineLength + x]!;
      resized[y * lineLength + x] = Math.round(sum);
    }
  }
  return { data: resized, width: outWidth, height: outHeight, channels };
}

/** The input pixels of one output pixel along an axis: consecutive from `first` on, with weights that sum to 1. */
interface Window {
  first: number;
  weights: Float64Array;
}

/** The windows of `output` pixels that cover `length` of `full` input pixels from `start` on. */
function triangles(full: number, start: number, length: number, output: number): Window[] {
  const scale = length / output;
  const reach = Math.max(1, scale);
  // An integer-pixel box is cropped first, as in fastai, so that pixels around it do not contribute.
  const isCut = Number.isInteger(start) && Number.isInteger(length);
  const [low, high] = isCut ? [start, start + length] : [0, full];
  return Array.from({ length: output }, (_, i) => {
    const center = start + (i + 0.5) * scale;
    const first = Math.max(low, Math.trunc(center - reach + 0.5));
    const end = Math.min(high, Math.trunc(center + reach + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - center) / reach),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
