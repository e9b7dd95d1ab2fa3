import { type Figure, plotLines } from '@fastts/core';
import type { LrSuggestion } from './lrSuggestions.js';

/**
 * Plots the loss over the learning rate, with one dot per suggestion.
 *
 * @param suggestions The suggestions, by name.
 */
export function plotLrFind(
  lrs: readonly number[],
  losses: readonly number[],
  suggestions: Readonly<Record<string, LrSuggestion>>,
): Figure {
  return plotLines([{ name: 'loss', points: lrs.map((lr, i) => ({ x: lr, y: losses[i]! })) }], {
    logX: true,
    xLabel: 'learning rate',
    yLabel: 'loss',
    highlights: Object.entries(suggestions).map(([name, { point }]) => ({
      name,
      x: point.lr,
      y: point.loss,
    })),
  });
}
