import { type Box, isNode, isPixels, type Pixels } from '@fastts/core';
import { toGray } from './channels.js';
import { cropResize, decode, flipPixels, type Picture } from './encodedImage.js';
import type { ImageSize } from './imageStep.js';
import { enlargesOnly, isWhole, type PlannedAxis, type PlannedStep, splitStep } from './planDecode.js';
import { resizeMask } from './resizeMask.js';
import { resizePixels } from './resizePixels.js';
import { paddedIndex, selectPixels } from './selectPixels.js';

/** Height and width of an image. */
export function sizeOf(picture: Picture): ImageSize {
  return isPixels(picture) ? [picture.height, picture.width] : picture.size;
}

/** Runs a plan on an image; a file is decoded together with the first step. */
export async function runPlan(picture: Picture, plan: readonly PlannedStep[]): Promise<Pixels> {
  let result = picture;
  for (const step of plan) result = await runStep(result, step);
  return isPixels(result) ? result : decode(result.image);
}

/** Pixels, and the part of them that remains to be enlarged. */
export interface ForBatch {
  pixels: Pixels;
  enlarge?: { box: Box; size: ImageSize };
}

/** Like {@link runPlan}, but if the last step enlarges integer pixels, that part is returned instead of run. */
export async function runPlanForBatch(picture: Picture, plan: readonly PlannedStep[]): Promise<ForBatch> {
  const last = plan.at(-1);
  if (!last) return { pixels: await runPlan(picture, []) };
  const { size, dihedral } = last;
  const before = plan.slice(0, -1);
  if (enlargesOnly(last) && (before.length > 0 || isPixels(picture))) {
    return { pixels: await runPlan(picture, before), enlarge: { box: last.box, size } };
  }
  const { first, box } = splitStep(last);
  if (!box || !isWhole(box) || dihedral !== 0) return { pixels: await runPlan(picture, plan) };
  return { pixels: await runPlan(picture, [...before, first]), enlarge: { box, size } };
}

/** Like {@link runPlan} for a mask: in one channel, without interpolating class indices. */
export async function runPlanOnMask(picture: Picture, plan: readonly PlannedStep[]): Promise<Pixels> {
  let mask = toGray(await runPlan(picture, []));
  for (const step of plan) {
    mask = resizeMask(mask, step);
    if (step.dihedral !== 0) mask = toGray(await flipPixels(mask, step.dihedral));
  }
  return mask;
}

async function runStep(picture: Picture, step: PlannedStep): Promise<Pixels> {
  const { first, box } = splitStep(step);
  const part = pad(await shrink(picture, first), first);
  // sharp would enlarge with a shift of half an output pixel.
  const resized = box ? resizePixels(part, box, step.size) : part;
  return step.dihedral === 0 ? resized : flipPixels(resized, step.dihedral);
}

function shrink(picture: Picture, { y, x }: PlannedStep): Pixels | Promise<Pixels> {
  if (isPixels(picture) && isUnchanged(y) && isUnchanged(x)) return picture;
  if (!isPixels(picture) || isNode()) return cropResize(picture, { y, x });
  const box = { left: x.start, top: y.start, width: x.length, height: y.length };
  return resizePixels(picture, box, [y.resized, x.resized]);
}

function isUnchanged({ full, length, resized }: PlannedAxis): boolean {
  return full === length && full === resized;
}

function pad(image: Pixels, { y, x, padMode }: PlannedStep): Pixels {
  if (y.before + y.after + x.before + x.after === 0) return image;
  const indices = ({ before, resized, after, scale }: PlannedAxis) =>
    Array.from({ length: before + resized + after }, (_, i) =>
      paddedIndex(i - before, resized, padMode, Math.round(scale)),
    );
  return selectPixels(image, indices(y), indices(x));
}
