import { Figure } from '@fastts/core';
import type { LrSuggestion } from './lrSuggestions.js';

/**
 * A picture of the loss at each learning rate, with a mark for each suggestion.
 *
 * @param suggestions by name
 */
export function plotLrFind(
  lrs: readonly number[],
  losses: readonly number[],
  suggestions: Readonly<Record<string, LrSuggestion>>,
): Figure {
  const names = Object.keys(suggestions);
  // Marks become smaller, so that those at the same place show as rings.
  const marks = names.map((name, i) => ({
    name,
    ...suggestions[name]!.point,
    size: 90 * (names.length - i),
  }));
  return new Figure({
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    width: 560,
    height: 320,
    encoding: {
      x: {
        field: 'lr',
        type: 'quantitative',
        title: 'learning rate',
        scale: { type: 'log', nice: false },
        axis: { grid: false, tickCount: 8, format: '~e' },
      },
      y: { field: 'loss', type: 'quantitative', title: 'loss', scale: { zero: false } },
      color: {
        field: 'name',
        type: 'nominal',
        scale: { domain: ['loss', ...names] },
        legend: names.length > 0 ? { values: names, symbolType: 'circle', orient: 'right' } : null,
      },
    },
    layer: [
      {
        data: { values: lrs.map((lr, i) => ({ name: 'loss', lr, loss: losses[i]! })) },
        transform: [{ filter: 'isValid(datum.loss) && isFinite(datum.loss)' }],
        mark: { type: 'line', strokeWidth: 2 },
      },
      {
        data: { values: marks },
        mark: { type: 'point', filled: true, opacity: 1 },
        encoding: { size: { field: 'size', type: 'quantitative', scale: null, legend: null } },
      },
    ],
  });
}
