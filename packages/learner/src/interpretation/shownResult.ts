import type { ImageCell } from '@fastts/core';
import { type DataLoader, type Shown, toCell } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs';
import { LearnerError } from '../errors.js';

/** An item, its target, and what was predicted for it, each as its block shows it. */
export interface ShownResult {
  input: readonly Shown[];
  target: readonly Shown[];
  prediction: readonly Shown[];
  /** Whether target and prediction are alike, where they are names: numbers never quite are. */
  isRight: boolean | undefined;
}

/**
 * Items of a batch with their targets and predictions as they are shown.
 *
 * @param decoded predictions in the form that targets have
 */
export async function shownResults<X, Y>(
  dl: DataLoader<X, Y>,
  [x, y]: readonly [X, Y],
  decoded: tf.Tensor,
): Promise<ShownResult[]> {
  const maxN = decoded.shape[0]!;
  const { blocks, nInp } = dl.dataset;
  const [targets, predictions] = await Promise.all([
    dl.decodeBatch([x, y], { maxN }),
    dl.decodeBatch([x, decoded as Y], { maxN }),
  ]);
  const show = (values: readonly unknown[]) => Promise.all(values.map((value, k) => blocks[k]!.show(value)));
  return Promise.all(
    targets.map(async (values, i) => {
      const shown = await show(values);
      const predicted = await show(predictions[i]!);
      const [target, prediction] = [shown.slice(nInp), predicted.slice(nInp)];
      const isRight = areNames(values.slice(nInp)) ? said(target) === said(prediction) : undefined;
      return { input: shown.slice(0, nInp), target, prediction, isRight };
    }),
  );
}

function areNames(value: unknown): boolean {
  return Array.isArray(value) ? value.every(areNames) : typeof value === 'string';
}

/** Whether targets are drawn, as masks, points and boxes are, rather than said. */
export function isDrawn({ target }: ShownResult): boolean {
  return target.some(({ title }) => title === undefined);
}

/** What a target or a prediction says. */
export function said(parts: readonly Shown[]): string {
  return parts.flatMap(({ title }) => title ?? []).join(' ');
}

/**
 * A picture of an item, with what else is to be drawn over it.
 *
 * @throws LearnerError when there is no picture
 */
export function pictureOf(parts: readonly Shown[], title?: string, titleColour?: string): ImageCell {
  const cell = toCell(parts);
  if (!cell) throw new LearnerError('There is no picture to show: none of the data has any.');
  return { ...cell, ...(title !== undefined && { title }), titleColour };
}
