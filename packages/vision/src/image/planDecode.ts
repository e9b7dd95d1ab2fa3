import type { Box, PadMode } from '@fastts/core';
import { type CropResize, dihedralMoves, type ImageSize, type ImageStep } from './imageStep.js';

/** The operations along one axis of an image, in this order: crop, resize, pad. */
export interface PlannedAxis {
  /** Pixels that there are. */
  full: number;
  /** The pixels that are kept: from `start` on `length`, perhaps fractions. */
  start: number;
  length: number;
  /** Pixels that these are resized to. */
  resized: number;
  /** Pixels that are padded before and after. */
  before: number;
  after: number;
  /** Pixels of the result for each pixel there is. */
  scale: number;
}

/** A step on an image of known size. */
export interface PlannedStep {
  /** The part of the image that becomes `size`. */
  box: Box;
  size: ImageSize;
  /** How `box` becomes `size`: what of it lies on the image is cropped and resized, and the rest is padded. */
  y: PlannedAxis;
  x: PlannedAxis;
  padMode: PadMode;
  /** Which symmetry of the square comes last. */
  dihedral: number;
}

/**
 * Plans the operations on an image, step by step: the plan depends on the image's size and on the steps only.
 *
 * @param full Height and width of the image.
 * @param decoded Height and width at which all of it is in memory already (default: those of the image). If it was
 *   shrunk, the first step's box lies on it to the nearest pixel, and is cropped only.
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

/** Whether a step does no more than crop whole pixels of an image and enlarge them: a batch does so in its own pass. */
export function enlargesOnly({ box, size, y, x, dihedral }: PlannedStep): boolean {
  const { left, top, width, height } = box;
  const whole = [left, top, width, height].every(Number.isInteger);
  const within = left >= 0 && top >= 0 && left + width <= x.full && top + height <= y.full;
  return dihedral === 0 && whole && within && height <= size[0] && width <= size[1];
}

/** The least that a whole image can be shrunk to, once for all epochs, before its first step is done. */
export function keptSize([height, width]: ImageSize, first: ImageStep | undefined): ImageSize {
  const request = first?.(height, width);
  if (!request?.fixedScale) return [height, width];
  const { box, size } = request;
  return [shrunk(height, size[0] / box.height), shrunk(width, size[1] / box.width)];
}

function shrunk(length: number, scale: number): number {
  return scale < 1 ? Math.max(1, Math.round(length * scale)) : length;
}

function planStep({ box, size, padMode = 'reflection', dihedral = 0 }: CropResize, full: ImageSize) {
  const y = planAxis(box.top, box.height, full[0], size[0]);
  const x = planAxis(box.left, box.width, full[1], size[1]);
  return { box, size, y, x, padMode, dihedral };
}

/** How `length` pixels from `start`, which may lie beyond the `full` ones there are, become `size`. */
function planAxis(start: number, length: number, full: number, size: number): PlannedAxis {
  const scale = size / length;
  const inside = { start: Math.max(0, start), end: Math.min(full, start + length) };
  // Less than half a pixel of the result is still one.
  const before = Math.min(Math.round((inside.start - start) * scale), size - 1);
  const after = Math.min(Math.round((start + length - inside.end) * scale), size - 1 - before);
  const kept = { start: inside.start, length: inside.end - inside.start };
  return { full, ...kept, resized: size - before - after, before, after, scale };
}

/** Does on the decoded image what `request` does on the full one. */
function onDecoded(request: CropResize, full: ImageSize, decoded: ImageSize): CropResize {
  const { box, size } = request;
  const [top, height] = axisOnDecoded(box.top, box.height, full[0], decoded[0], size[0]);
  const [left, width] = axisOnDecoded(box.left, box.width, full[1], decoded[1], size[1]);
  return { ...request, box: { left, top, width, height } };
}

/** Where a part of `full` pixels lies on the `decoded` ones: if they are fewer, each is a pixel of the result. */
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
