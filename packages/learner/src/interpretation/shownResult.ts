import type { ImageCell } from '@fastts/core';
import { DataLoader, toCells } from '@fastts/data';
import type * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import type { BatchSource } from '../loop/batch.js';

/** An item with its target and prediction, in the form that its blocks show. */
export interface ShownResult {
  input: readonly Partial<ImageCell>[];
  /** Empty if the item has no labels. */
  target: readonly Partial<ImageCell>[];
  prediction: readonly Partial<ImageCell>[];
  /** Whether target and prediction are equal; undefined unless they are names. */
  isRight: boolean | undefined;
}

/**
 * The items of a batch with their targets and predictions, to be shown.
 *
 * @param dl Their loader; if its items have no labels, the learner's own loader defines how predictions are shown.
 * @param decoded Predictions in the form of targets.
 * @throws LearnerError when neither has a target.
 */
export async function shownResults<X, Y>(
  learn: AnyLearner<X, Y>,
  dl: DataLoader<X, Y>,
  [x, y]: readonly [X, Y],
  decoded: tf.Tensor,
): Promise<ShownResult[]> {
  const maxN = decoded.shape[0]!;
  const knowing = [dl, learn.dls.valid].find(hasTarget);
  if (!knowing) throw new LearnerError('Predictions cannot be shown: the data has no target.');
  const { blocks, nInp } = knowing.dataset;
  const [targets, predictions] = await Promise.all([
    dl.decodeBatch([x, y], { maxN }),
    knowing.decodeBatch([x, decoded], { maxN }),
  ]);
  const show = (values: readonly unknown[]) => Promise.all(values.map((value, k) => blocks[k]!.show(value)));
  return Promise.all(
    targets.map(async (values, i) => {
      const shown = await show(values);
      const predicted = await show(predictions[i]!);
      const [target, prediction] = [shown.slice(nInp), predicted.slice(nInp)];
      const names = values.slice(nInp);
      const areAll = names.every((name, k) => areNames(name, knowing.dataset.hasVocab(nInp + k)));
      const isRight = names.length > 0 && areAll ? textOf(target) === textOf(prediction) : undefined;
      return { input: shown.slice(0, nInp), target, prediction, isRight };
    }),
  );
}

function hasTarget<X, Y>(source: BatchSource<X, Y>): source is DataLoader<X, Y> {
  return source instanceof DataLoader && source.dataset.blocks.length > source.dataset.nInp;
}

/** Whether a value is text or, with a vocabulary, any label; or a list of these. */
function areNames(value: unknown, hasVocab: boolean): boolean {
  if (Array.isArray(value)) return value.every((part) => areNames(part, hasVocab));
  return typeof value === 'string' || (hasVocab && typeof value !== 'object');
}

/** Whether targets are drawn (images, masks, points, boxes), rather than shown as text. */
export function isDrawn({ prediction }: ShownResult): boolean {
  return prediction.some(({ title }) => title === undefined);
}

/** Whether targets are images themselves, rather than drawn over the input. */
export function isPicture({ prediction }: ShownResult): boolean {
  return prediction.some(({ image }) => image);
}

/** The text of a target or a prediction. */
export function textOf(parts: readonly Partial<ImageCell>[]): string {
  return parts.flatMap(({ title }) => title ?? []).join(' ');
}

/**
 * The images of an item, such as those of two inputs; the first has the title and all overlays.
 *
 * @throws LearnerError when there is no image.
 */
export function picturesOf(
  parts: readonly Partial<ImageCell>[],
  title?: string,
  titleColor?: string,
): ImageCell[] {
  const [first, ...others] = toCells(parts);
  if (!first) throw new LearnerError('There is nothing to show: the data has no images.');
  return [{ ...first, ...(title !== undefined && { title }), titleColor }, ...others];
}

/** The images of a target or a prediction: its own, or the input's with it drawn over. */
export function picturesWith(
  input: readonly Partial<ImageCell>[],
  parts: readonly Partial<ImageCell>[],
  title?: string,
): ImageCell[] {
  return picturesOf(parts.some(({ image }) => image) ? parts : [...input, ...parts], title);
}
