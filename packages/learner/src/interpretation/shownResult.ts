import type { ImageCell } from '@fastts/core';
import { DataLoader, toCells } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';

/** An item, its target, and what was predicted for it, each as its block shows it. */
export interface ShownResult {
  input: readonly Partial<ImageCell>[];
  /** Nothing where the item has no labels. */
  target: readonly Partial<ImageCell>[];
  prediction: readonly Partial<ImageCell>[];
  /** Whether target and prediction are alike, where they are names: numbers never quite are. */
  isRight: boolean | undefined;
}

/**
 * Items of a batch with their targets and predictions as they are shown.
 *
 * @param dl the loader that they came from; if its items have no labels, the learner's own knows how they are shown
 * @param decoded predictions in the form that targets have
 * @throws LearnerError when neither has a target
 */
export async function shownResults<X, Y>(
  learn: AnyLearner<X, Y>,
  dl: DataLoader<X, Y>,
  [x, y]: readonly [X, Y],
  decoded: tf.Tensor,
): Promise<ShownResult[]> {
  const maxN = decoded.shape[0]!;
  const knowing = [dl, learn.dls.valid].find(hasTarget) as DataLoader<X, Y> | undefined;
  if (!knowing) throw new LearnerError('There is nothing to show of predictions: the data has no target.');
  const { blocks, nInp } = knowing.dataset;
  const [targets, predictions] = await Promise.all([
    dl.decodeBatch([x, y], { maxN }),
    knowing.decodeBatch([x, decoded as Y], { maxN }),
  ]);
  const show = (values: readonly unknown[]) => Promise.all(values.map((value, k) => blocks[k]!.show(value)));
  return Promise.all(
    targets.map(async (values, i) => {
      const shown = await show(values);
      const predicted = await show(predictions[i]!);
      const [target, prediction] = [shown.slice(nInp), predicted.slice(nInp)];
      const names = values.slice(nInp);
      const isRight = names.length > 0 && areNames(names) ? said(target) === said(prediction) : undefined;
      return { input: shown.slice(0, nInp), target, prediction, isRight };
    }),
  );
}

function hasTarget(source: unknown): boolean {
  return source instanceof DataLoader && source.dataset.blocks.length > source.dataset.nInp;
}

function areNames(value: unknown): boolean {
  return Array.isArray(value) ? value.every(areNames) : typeof value === 'string';
}

/** Whether targets are drawn, as pictures, masks, points and boxes are, rather than said. */
export function isDrawn({ prediction }: ShownResult): boolean {
  return prediction.some(({ title }) => title === undefined);
}

/** Whether targets are pictures of their own, and not drawn over the input. */
export function isPicture({ prediction }: ShownResult): boolean {
  return prediction.some(({ image }) => image);
}

/** What a target or a prediction says. */
export function said(parts: readonly Partial<ImageCell>[]): string {
  return parts.flatMap(({ title }) => title ?? []).join(' ');
}

/**
 * The pictures of an item, such as those of two inputs, the first with the title and with what is to be drawn over it.
 *
 * @throws LearnerError when there is no picture
 */
export function picturesOf(
  parts: readonly Partial<ImageCell>[],
  title?: string,
  titleColor?: string,
): ImageCell[] {
  const [first, ...others] = toCells(parts);
  if (!first) throw new LearnerError('There is no picture to show: none of the data has any.');
  return [{ ...first, ...(title !== undefined && { title }), titleColor }, ...others];
}

/** The pictures of a target or a prediction: its own, or the input's with it drawn over. */
export function picturesWith(
  input: readonly Partial<ImageCell>[],
  parts: readonly Partial<ImageCell>[],
  title?: string,
): ImageCell[] {
  return picturesOf(parts.some(({ image }) => image) ? parts : [...input, ...parts], title);
}
