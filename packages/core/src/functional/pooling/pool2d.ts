import * as tf from '@tensorflow/tfjs-core';
import { ArgumentError, ShapeError } from '../../errors.js';
import { buildBudget } from '../../registry/buildBudget.js';
import { type Size, toSize } from '../../size.js';
import { averagingMatrix, resample, windowBounds } from '../images/areaResize.js';
import { imagePadding } from '../images/imagePadding.js';

/** Options of {@link maxPool2d}. */
export interface MaxPool2dOptions {
  /** Step between windows (default: the window's size). */
  stride?: Size;
  /** Empty pixels added on each side, at most half a window (default 0). */
  padding?: Size;
  /** Whether a last window that only partly covers the image counts (default false). */
  ceilMode?: boolean;
}

/** Options of {@link avgPool2d}. */
export interface AvgPool2dOptions extends MaxPool2dOptions {
  /** Whether the padding's zeros count in the average (default true). */
  countIncludePad?: boolean;
}

/**
 * The largest value of each window.
 *
 * @param x `[n, height, width, channels]`
 * @param kernelSize The window's size.
 * @throws ArgumentError when the padding is more than half a window.
 * @throws ShapeError when no window fits.
 */
export function maxPool2d(x: tf.Tensor4D, kernelSize: Size, options: MaxPool2dOptions = {}): tf.Tensor4D {
  const { kernel, stride, rows, columns } = windows(x, kernelSize, options);
  const padding = imagePadding([rows.before, rows.after], [columns.before, columns.after]);
  return tf.maxPool<tf.Tensor4D>(x, kernel, stride, padding);
}

/**
 * The average of each window; the part of a window beyond the padded image does not count.
 *
 * @param x `[n, height, width, channels]`
 * @param kernelSize The window's size.
 * @throws ArgumentError when the padding is more than half a window.
 * @throws ShapeError when no window fits.
 */
export function avgPool2d(x: tf.Tensor4D, kernelSize: Size, options: AvgPool2dOptions = {}): tf.Tensor4D {
  const { countIncludePad = true } = options;
  const { kernel, stride, rows, columns } = windows(x, kernelSize, options);
  const padding = imagePadding([rows.before, rows.after], [columns.before, columns.after]);
  // tfjs's gradient always divides by the full window, so pad first, and correct where fewer pixels count.
  const padded = padding.flat().some((side) => side > 0) ? tf.pad(x, padding) : x;
  const y = tf.avgPool(padded, kernel, stride, 'valid');
  const rowCounts = rows.counts(countIncludePad);
  const columnCounts = columns.counts(countIncludePad);
  if (rowCounts.every((n) => n === kernel[0]) && columnCounts.every((n) => n === kernel[1])) return y;
  const correction = rowCounts.flatMap((high) =>
    columnCounts.map((wide) => (kernel[0] * kernel[1]) / (high * wide)),
  );
  return tf.mul(y, tf.tensor4d(correction, [1, rowCounts.length, columnCounts.length, 1]));
}

/**
 * The average of each of `size` windows that cover the image evenly: PyTorch's `adaptive_avg_pool2d`.
 *
 * @param x `[n, height, width, channels]`
 * @returns `[n, ...size, channels]`
 */
export function adaptiveAvgPool2d(x: tf.Tensor4D, size: Size): tf.Tensor4D {
  const [height, width] = toSize(size);
  buildBudget()?.output([x.shape[0], height, Math.max(x.shape[2], width), x.shape[3]]);
  if (height === 1 && width === 1) return tf.mean(x, [1, 2], true);
  return resample(x, averagingMatrix(x.shape[1], height), averagingMatrix(x.shape[2], width));
}

/**
 * The largest value of each of `size` windows that cover the image evenly: PyTorch's `adaptive_max_pool2d`.
 *
 * @param x `[n, height, width, channels]`
 * @returns `[n, ...size, channels]`
 */
export function adaptiveMaxPool2d(x: tf.Tensor4D, size: Size): tf.Tensor4D {
  const [n, height, width, channels] = x.shape;
  const [outHeight, outWidth] = toSize(size);
  buildBudget()?.output([n, outHeight, outWidth, channels]);
  if (height % outHeight === 0 && width % outWidth === 0) {
    const kernel: [number, number] = [height / outHeight, width / outWidth];
    return tf.maxPool(x, kernel, kernel, 'valid');
  }
  const rows = windowBounds(height, outHeight).map(([top, bottom]) => {
    const cells = windowBounds(width, outWidth).map(([left, right]) =>
      tf.max(tf.slice(x, [0, top, left, 0], [n, bottom - top, right - left, channels]), [1, 2], true),
    );
    return tf.concat(cells, 2);
  });
  return tf.concat(rows, 1) as tf.Tensor4D;
}

interface Windows {
  kernel: [number, number];
  stride: [number, number];
  rows: Axis;
  columns: Axis;
}

/** The windows along one axis: the padding that makes them fit, and how many pixels each covers. */
interface Axis {
  before: number;
  after: number;
  counts(includePadding: boolean): number[];
}

function windows(
  x: tf.Tensor4D,
  kernelSize: Size,
  { stride = kernelSize, padding = 0, ceilMode = false }: MaxPool2dOptions,
): Windows {
  const kernel = toSize(kernelSize, { name: 'kernelSize' });
  const strides = toSize(stride, { name: 'stride' });
  const pads = toSize(padding, { name: 'padding', min: 0 });
  if (pads.some((pad, axis) => pad > kernel[axis]! / 2)) {
    throw new ArgumentError(`The padding [${pads}] must be at most half of the window [${kernel}].`);
  }
  const axis = (i: 0 | 1) => fitWindows(x, i, kernel[i], strides[i], pads[i], ceilMode);
  const [rows, columns] = [axis(0), axis(1)];
  const padded = [rows, columns].map(({ before, after }, i) => before + x.shape[i + 1]! + after);
  buildBudget()?.output([x.shape[0], ...padded, x.shape[3]], kernel[0] * kernel[1]);
  return { kernel, stride: strides, rows, columns };
}

/** The number of windows, by PyTorch's rule: in ceil mode none may start beyond the image. */
function fitWindows(
  x: tf.Tensor4D,
  axis: 0 | 1,
  kernel: number,
  stride: number,
  padding: number,
  ceilMode: boolean,
): Axis {
  const length = x.shape[axis + 1]!;
  const steps = (length + 2 * padding - kernel) / stride;
  let count = (ceilMode ? Math.ceil(steps) : Math.floor(steps)) + 1;
  if (ceilMode && (count - 1) * stride >= length + padding) count--;
  if (count < 1) {
    throw new ShapeError(
      `A window of ${kernel} does not fit the input [${x.shape}] with padding ${padding}: use larger images or fewer strides before this layer.`,
    );
  }
  return {
    before: padding,
    after: Math.max(0, (count - 1) * stride + kernel - length - padding),
    counts: (includePadding) =>
      Array.from({ length: count }, (_, i) => {
        const start = i * stride - padding;
        const end = Math.min(start + kernel, length + padding);
        return includePadding ? end - start : Math.min(end, length) - Math.max(start, 0);
      }),
  };
}
