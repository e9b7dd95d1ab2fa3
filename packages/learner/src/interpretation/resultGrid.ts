import { type Figure, imageGrid } from '@fastts/core';
import { isDrawn, pictureOf, type ShownResult, said } from './shownResult.js';

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
 * and red if not; where they are drawn, beside each other.
 */
export function resultGrid(
  results: readonly ShownResult[],
  { columns = Math.ceil(Math.sqrt(results.length)), cellSize }: ResultGridOptions,
): Promise<Figure> {
  const title = 'Target / Prediction';
  if (results.some(isDrawn)) {
    const pairs = results.flatMap(({ input, target, prediction }) => [
      pictureOf([...input, ...target]),
      pictureOf([...input, ...prediction]),
    ]);
    return imageGrid(pairs, { columns: 2 * columns, cellSize, title });
  }
  const cells = results.map(({ input, target, prediction, isRight }) => {
    const colour = isRight === undefined ? undefined : isRight ? RIGHT : WRONG;
    return pictureOf(input, `${said(target)}\n${said(prediction)}`, colour);
  });
  return imageGrid(cells, { columns, cellSize, title });
}

/** What {@link topLossGrid} says of an item. */
export interface LossOfResult extends ShownResult {
  loss: number;
  /** The highest probability, where one class was predicted. */
  probability?: number;
}

/** A picture of items with their targets, predictions and losses: where these are drawn, a row for each. */
export function topLossGrid(
  results: readonly LossOfResult[],
  { columns = Math.ceil(Math.sqrt(results.length)), cellSize }: ResultGridOptions,
): Promise<Figure> {
  if (results.some(isDrawn)) {
    const rows = results.flatMap(({ input, target, prediction, loss }) => [
      pictureOf(input, 'input'),
      pictureOf([...input, ...target], 'target'),
      pictureOf([...input, ...prediction], `pred; loss = ${loss.toFixed(4)}`),
    ]);
    return imageGrid(rows, { columns: 3, cellSize, title: 'Input / Target / Prediction' });
  }
  const cells = results.map(({ input, target, prediction, loss, probability }) => {
    const [guess, truth, lost] = [said(prediction), said(target), loss.toFixed(2)];
    const lines =
      probability === undefined
        ? [guess, truth, lost]
        : [`${guess} / ${truth}`, `${lost} / ${probability.toFixed(2)}`];
    return pictureOf(input, lines.join('\n'));
  });
  const withProbability = results.every(({ probability }) => probability !== undefined);
  const title = `Prediction / Actual / Loss${withProbability ? ' / Probability' : ''}`;
  return imageGrid(cells, { columns, cellSize, title });
}
