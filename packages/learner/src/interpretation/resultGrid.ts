import { type Figure, type ImageCell, imageGrid } from '@fastts/core';
import { isDrawn, isPicture, picturesOf, picturesWith, type ShownResult, textOf } from './shownResult.js';

/** Layout of results. */
export interface ResultGridOptions {
  /** Items per row (default: such that the figure is roughly square). */
  columns?: number;
  /** Maximum width and height of each image (default 180). */
  cellSize?: number;
}

const RIGHT = '#1a7f37';
const WRONG = '#c62828';

/**
 * A figure of items with their targets and predictions. Text targets are shown above the predictions, in green if names are
 * equal and in red if not; drawn ones are shown side by side, after the input if they are images themselves. Items without
 * labels have only predictions.
 */
export function resultGrid(results: readonly ShownResult[], layout: ResultGridOptions): Promise<Figure> {
  const hasTargets = results.some(({ target }) => target.length > 0);
  if (results.some(isDrawn)) {
    const withInput = results.some(isPicture);
    const items = results.map(({ input, target, prediction }) => [
      ...(withInput ? picturesOf(input) : []),
      ...(hasTargets ? picturesWith(input, target) : []),
      ...picturesWith(input, prediction),
    ]);
    const shown = [...(withInput ? ['Input'] : []), ...(hasTargets ? ['Target'] : []), 'Prediction'];
    return itemGrid(items, shown.join(' / '), layout);
  }
  const items = results.map(({ input, target, prediction, isRight }) => {
    const color = isRight === undefined ? undefined : isRight ? RIGHT : WRONG;
    const lines = hasTargets ? [textOf(target), textOf(prediction)] : [textOf(prediction)];
    return picturesOf(input, lines.join('\n'), color);
  });
  return itemGrid(items, hasTargets ? 'Target / Prediction' : 'Prediction', layout);
}

/** An item of {@link topLossGrid}. */
export interface LossOfResult extends ShownResult {
  loss: number;
  /** The highest probability, if one class was predicted. */
  probability?: number;
}

/** A figure of items with their targets, predictions and losses; one row per item if targets are drawn. */
export function topLossGrid(results: readonly LossOfResult[], layout: ResultGridOptions): Promise<Figure> {
  if (results.some(isDrawn)) {
    const items = results.map(({ input, target, prediction, loss }) => [
      ...picturesOf(input, 'input'),
      ...picturesWith(input, target, 'target'),
      ...picturesWith(input, prediction, `pred; loss = ${loss.toFixed(4)}`),
    ]);
    return itemGrid(items, 'Input / Target / Prediction', { ...layout, columns: 1 });
  }
  const items = results.map(({ input, target, prediction, loss, probability }) => {
    const [guess, truth, lost] = [textOf(prediction), textOf(target), loss.toFixed(2)];
    const lines =
      probability === undefined
        ? [guess, truth, lost]
        : [`${guess} / ${truth}`, `${lost} / ${probability.toFixed(2)}`];
    return picturesOf(input, lines.join('\n'));
  });
  const withProbability = results.every(({ probability }) => probability !== undefined);
  return itemGrid(items, `Prediction / Actual / Loss${withProbability ? ' / Probability' : ''}`, layout);
}

/** Items in rows and columns, with the images of each side by side. */
function itemGrid(
  items: readonly ImageCell[][],
  title: string,
  { columns, cellSize }: ResultGridOptions,
): Promise<Figure> {
  const pictures = items[0]?.length ?? 1;
  const beside = columns ?? Math.ceil(Math.sqrt(items.length / pictures));
  return imageGrid(items.flat(), { columns: beside * pictures, cellSize, title });
}
