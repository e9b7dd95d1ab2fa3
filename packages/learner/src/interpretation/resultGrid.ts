import { type Figure, type ItemGridOptions, itemGrid } from '@fastts/core';
import { enlarge } from './gradCam/enlarge.js';
import { isDrawn, isPicture, picturesOf, picturesWith, type ShownResult, textOf } from './shownResult.js';

/** Layout of results. */
export interface ResultGridOptions extends Omit<ItemGridOptions, 'title'> {}

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
    return itemGrid(items, { ...layout, title: shown.join(' / ') });
  }
  const items = results.map(({ input, target, prediction, isRight }) => {
    const color = isRight === undefined ? undefined : isRight ? RIGHT : WRONG;
    const lines = hasTargets ? [textOf(target), textOf(prediction)] : [textOf(prediction)];
    return picturesOf(input, lines.join('\n'), color);
  });
  return itemGrid(items, { ...layout, title: hasTargets ? 'Target / Prediction' : 'Prediction' });
}

/** An item of {@link topLossGrid}. */
export interface LossOfResult extends ShownResult {
  loss: number;
  /** The highest probability, if one class was predicted. */
  probability?: number;
  /** The map of where the model saw its class, if it is to be drawn. */
  cam?: readonly (readonly number[])[];
}

/** A figure of items with their targets, predictions and losses; one row per item if targets are drawn. */
export function topLossGrid(results: readonly LossOfResult[], layout: ResultGridOptions): Promise<Figure> {
  if (results.some(isDrawn)) {
    const items = results.map(({ input, target, prediction, loss }) => [
      ...picturesOf(input, 'input'),
      ...picturesWith(input, target, 'target'),
      ...picturesWith(input, prediction, `pred; loss = ${loss.toFixed(4)}`),
    ]);
    return itemGrid(items, { ...layout, nrows: undefined, columns: 1, title: 'Input / Target / Prediction' });
  }
  const items = results.map(({ input, target, prediction, loss, probability, cam }) => {
    const [guess, truth, lost] = [textOf(prediction), textOf(target), loss.toFixed(2)];
    const lines =
      probability === undefined
        ? [guess, truth, lost]
        : [`${guess} / ${truth}`, `${lost} / ${probability.toFixed(2)}`];
    const [first, ...others] = picturesOf(input, lines.join('\n'));
    const { width, height } = first!.image;
    return [{ ...first!, ...(cam && { heat: enlarge(cam, height, width) }) }, ...others];
  });
  const withProbability = results.every(({ probability }) => probability !== undefined);
  const title = `Prediction / Actual / Loss${withProbability ? ' / Probability' : ''}`;
  return itemGrid(items, { ...layout, title });
}
