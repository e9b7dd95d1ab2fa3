import { type Figure, type ImageCell, imageGrid } from '@fastts/core';
import { isDrawn, isPicture, picturesOf, picturesWith, type ShownResult, said } from './shownResult.js';

/** How results are laid out. */
export interface ResultGridOptions {
  /** How many items beside each other (default: so that the picture is about square). */
  columns?: number;
  /** Width and height that each picture is fitted into (default 180). */
  cellSize?: number;
}

const RIGHT = '#1a7f37';
const WRONG = '#c62828';

/**
 * A picture of items with their targets and predictions: where these are said, one over the other, green if names are alike
 * and red if not; where they are drawn, beside each other, after the input if they are pictures of their own. Items without
 * labels have predictions only.
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
    const colour = isRight === undefined ? undefined : isRight ? RIGHT : WRONG;
    const lines = hasTargets ? [said(target), said(prediction)] : [said(prediction)];
    return picturesOf(input, lines.join('\n'), colour);
  });
  return itemGrid(items, hasTargets ? 'Target / Prediction' : 'Prediction', layout);
}

/** What {@link topLossGrid} says of an item. */
export interface LossOfResult extends ShownResult {
  loss: number;
  /** The highest probability, where one class was predicted. */
  probability?: number;
}

/** A picture of items with their targets, predictions and losses: where these are drawn, a row for each. */
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
    const [guess, truth, lost] = [said(prediction), said(target), loss.toFixed(2)];
    const lines =
      probability === undefined
        ? [guess, truth, lost]
        : [`${guess} / ${truth}`, `${lost} / ${probability.toFixed(2)}`];
    return picturesOf(input, lines.join('\n'));
  });
  const withProbability = results.every(({ probability }) => probability !== undefined);
  return itemGrid(items, `Prediction / Actual / Loss${withProbability ? ' / Probability' : ''}`, layout);
}

/** Items in rows and columns, the pictures of each side by side. */
function itemGrid(
  items: readonly ImageCell[][],
  title: string,
  { columns, cellSize }: ResultGridOptions,
): Promise<Figure> {
  const pictures = items[0]?.length ?? 1;
  const beside = columns ?? Math.ceil(Math.sqrt(items.length / pictures));
  return imageGrid(items.flat(), { columns: beside * pictures, cellSize, title });
}
