import fc from 'fast-check';
import type { ImageStep } from '../src/image/imageStep.js';
import { enlargesOnly, keptSize, planDecode, sizeAfter } from '../src/image/planDecode.js';

const photo = [375, 500] as const;
/** The centered square that `Resize` keeps in validation. */
const square =
  (side: number): ImageStep =>
  (height, width) => {
    const shorter = Math.min(height, width);
    const box = {
      left: (width - shorter) >> 1,
      top: (height - shorter) >> 1,
      width: shorter,
      height: shorter,
    };
    return { box, size: [side, side], fixedScale: true };
  };

test('a step crops, resizes and pads each axis to the given size', () => {
  const whole = fc.integer({ min: 1, max: 2000 });
  const box = fc.record({
    left: fc.integer({ min: -500, max: 300 }),
    top: fc.integer({ min: -500, max: 300 }),
    width: whole,
    height: whole,
  });
  const sizes = fc.tuple(whole, whole);
  fc.assert(
    fc.property(box, sizes, fc.integer({ min: 0, max: 7 }), (box, size, dihedral) => {
      fc.pre(box.left + box.width > 0 && box.top + box.height > 0);
      const [step] = planDecode(photo, [() => ({ box, size, dihedral })]);
      for (const [i, axis] of [step!.y, step!.x].entries()) {
        expect(axis.before + axis.resized + axis.after).toBe(size[i]);
        expect(Math.min(axis.before, axis.after, axis.resized - 1, axis.start)).toBeGreaterThanOrEqual(0);
        expect(axis.start + axis.length).toBeLessThanOrEqual(photo[i]!);
      }
      const isTurned = [3, 5, 6, 7].includes(dihedral);
      expect(sizeAfter(step!)).toEqual(isTurned ? [size[1], size[0]] : size);
    }),
  );
});

test('each step receives the size after the previous one', () => {
  const seen: number[][] = [];
  const watch: ImageStep = (height, width) => {
    seen.push([height, width]);
    return { box: { left: 0, top: 0, height, width }, size: [40, 60], dihedral: 3 };
  };
  const plan = planDecode(photo, [watch, watch, square(10)]);
  expect(seen).toEqual([
    [375, 500],
    [60, 40],
  ]);
  expect(plan[2]!.box).toEqual({ left: 0, top: 10, width: 40, height: 40 });
});

test('a step can be deferred to the batch if it only enlarges integer pixels within the image', () => {
  const isLeft = (step: ImageStep) => enlargesOnly(planDecode(photo, [step])[0]!);
  expect([375, 460].map((side) => isLeft(square(side)))).toEqual([true, true]);
  expect(isLeft(square(374))).toBe(false);
  const part = { left: 10, top: 20, width: 30, height: 40 };
  const size = [50, 60] as const;
  expect(isLeft(() => ({ box: part, size }))).toBe(true);
  expect(isLeft(() => ({ box: part, size, dihedral: 1 }))).toBe(false);
  for (const other of [{ left: -1 }, { top: 336 }, { width: 29.5 }, { width: 61 }]) {
    expect(isLeft(() => ({ box: { ...part, ...other }, size }))).toBe(false);
  }
});

test('an image that is always reduced by the same factors can be cached reduced, and is then only cropped', () => {
  expect(keptSize(photo, square(75))).toEqual([75, 100]);
  expect(keptSize(photo, square(460))).toEqual(photo);
  expect(keptSize(photo, (height, width) => ({ ...square(75)(height, width), fixedScale: false }))).toEqual(
    photo,
  );
  expect(keptSize(photo, undefined)).toEqual(photo);
  const [step] = planDecode(photo, [square(75)], [75, 100]);
  expect(step!.box).toEqual({ left: 12, top: 0, width: 75, height: 75 });
});
