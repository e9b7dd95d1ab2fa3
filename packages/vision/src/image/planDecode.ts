import type { Box, PadMode } from '@fastts/core';
import { type CropResize, dihedralMoves, type ImageSize, type ImageStep } from './imageStep.js';

/** The operations along one axis of an image, in this order: crop, resize, pad. */
export interface PlannedAxis {
  /** Number of input pixels. */
  full: number;
  /** The cropped part: `length` input pixels from `start` on, not necessarily integers. */
  start: number;
  length: number;
  /** Number of pixels to which that part is resized. */
  resized: number;
  /** Number of pixels padded before and after it. */
  before: number;
  after: number;
  /** Output pixels per input pixel. */
  scale: number;
}

/** A step applied to an image of known size. */
export interface PlannedStep {
  /** The part of the image that becomes `size`. */
  box: Box;
  size: ImageSize;
  /** How `box` becomes `size`: the part of it on the image is cropped and resized, and the rest is padded. */
  y: PlannedAxis;
  x: PlannedAxis;
  padMode: PadMode;
  /** Which symmetry of the square is applied last; see {@link Dihedral}. */
  dihedral: number;
}

/**
 * Plans the operations on an image, step by step. The plan depends only on the image's size and the steps.
 *
 * @param full Height and width of the image.
 * @param decoded Height and width at which the whole image is in memory already (default: those of the image). If it
 *   was reduced, the first step's box is rounded to its pixels, and only cropped.
 */
export function planDecode(
  full: ImageSize,
  steps: readonly ImageStep[],
  decoded: ImageSize = full,
): PlannedStep[] {
  const plan: PlannedStep[] = [];
  let size = decoded;
  for (const [i, step] of steps.entries()) {
    const request = i === 0 ? onDecoded(step(...full), full, decoded) : step(...size);
    const planned = planStep(request, size);
    plan.push(planned);
    size = sizeAfter(planned);
  }
  return plan;
}

/** Height and width of an image after a step. */
export function sizeAfter({ size: [height, width], dihedral }: PlannedStep): ImageSize {
  return dihedralMoves(dihedral).transpose ? [width, height] : [height, width];
}

/** Whether a step only crops an image at integer pixels and enlarges the result, which a batch can do in its own pass. */
export function enlargesOnly({ box, size, y, x, dihedral }: PlannedStep): boolean {
  const { left, top, width, height } = box;
  const within = left >= 0 && top >= 0 && left + width <= x.full && top + height <= y.full;
  return dihedral === 0 && isWhole(box) && within && height <= size[0] && width <= size[1];
}

/** Whether a box is at integer pixels. */
export function isWhole({ left, top, width, height }: Box): boolean {
  return [left, top, width, height].every(Number.isInteger);
}

/** A step in two parts: the first crops, pads and reduces; the second enlarges `box` of the result to the step's size. */
export interface SplitStep {
  first: PlannedStep;
  /** Absent if no axis is enlarged. */
  box?: Box;
}

/** Splits a step so that it crops, pads and reduces before it enlarges. Its symmetry of the square is omitted. */
export function splitStep({ box, size, y, x, padMode }: PlannedStep): SplitStep {
  const rows = splitAxis(box.top, box.height, y.full, size[0]);
  const columns = splitAxis(box.left, box.width, x.full, size[1]);
  const part = { left: columns.start, top: rows.start, width: columns.length, height: rows.length };
  const first = planStep({ box: part, size: [rows.size, columns.size], padMode }, [y.full, x.full]);
  if (size[0] <= box.height && size[1] <= box.width) return { first };
  const [{ start: left, length: width }, { start: top, length: height }] = [columns.rest, rows.rest];
  return { first, box: { left, top, width, height } };
}

/** The pixels of an axis that become `size` first, and those of the result that are resized afterwards. */
function splitAxis(start: number, length: number, full: number, size: number) {
  if (size <= length) return { start, length, size, rest: { start: 0, length: size } };
  // A part that is not at integer pixels includes the neighboring pixels that contribute to it.
  const margin = Number.isInteger(start) && Number.isInteger(length) ? 0 : 1;
  const [low, high] = [Math.floor(start), Math.ceil(start + length)];
  const [from, to] = [low > 0 ? low - margin : low, high < full ? high + margin : high];
  return { start: from, length: to - from, size: to - from, rest: { start: start - from, length } };
}

/** The size to which a whole image can be reduced once for all epochs, before its first step. */
export function keptSize([height, width]: ImageSize, first: ImageStep | undefined): ImageSize {
  const request = first?.(height, width);
  if (!request?.fixedScale) return [height, width];
  const { box, size } = request;
  return [shrunk(height, size[0] / box.height), shrunk(width, size[1] / box.width)];
}

function shrunk(length: number, scale: number): number {
  return scale < 1 ? Math.max(1, Math.round(length * scale)) : length;
}

function planStep(
  { box, size, padMode = 'reflection', dihedral = 0 }: CropResize,
  full: ImageSize,
): PlannedStep {
  const y = planAxis(box.top, box.height, full[0], size[0]);
  const x = planAxis(box.left, box.width, full[1], size[1]);
  return { box, size, y, x, padMode, dihedral };
}

/** How `length` pixels from `start` on become `size`; they may extend beyond the image, which has `full` pixels. */
function planAxis(start: number, length: number, full: number, size: number): PlannedAxis {
  const scale = size / length;
  const inside = { start: Math.max(0, start), end: Math.min(full, start + length) };
  // Even a part of less than half an output pixel becomes one pixel.
  const before = Math.min(Math.round((inside.start - start) * scale), size - 1);
  const after = Math.min(Math.round((start + length - inside.end) * scale), size - 1 - before);
  const kept = { start: inside.start, length: inside.end - inside.start };
  return { full, ...kept, resized: size - before - after, before, after, scale };
}

/** The step on the decoded image that corresponds to `request` on the full one. */
function onDecoded(request: CropResize, full: ImageSize, decoded: ImageSize): CropResize {
  const { box, size } = request;
  const [top, height] = axisOnDecoded(box.top, box.height, full[0], decoded[0], size[0]);
  const [left, width] = axisOnDecoded(box.left, box.width, full[1], decoded[1], size[1]);
  return { ...request, box: { left, top, width, height } };
}

/**
 * Converts a part of an axis of `full` pixels to one of `decoded` pixels; if these are fewer, the part has the
 * output's size.
 */
function axisOnDecoded(
  start: number,
  length: number,
  full: number,
  decoded: number,
  size: number,
): [start: number, length: number] {
  if (decoded === full) return [start, length];
  return [Math.min(Math.round((start * decoded) / full), decoded - size), size];
}
