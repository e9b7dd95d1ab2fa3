import { checkInteger } from '@fastts/core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { checkLearningRate } from '../schedules/learningRate.js';
import { LRFinder, type LRFinderOptions } from './lrFinder.js';
import { type LrSearch, type SuggestFunc, valley } from './lrSuggestions.js';

/**
 * Settings of {@link Learner.lrFind}.
 *
 * @typeParam S The suggestion functions, by name.
 */
export interface LrFindOptions<S extends SuggestFuncs = SuggestFuncs> extends LRFinderOptions {
  /** Suggestion functions, by the name of each result (default `{ valley }`). */
  suggestFuncs?: S;
}

/** Suggestion functions, by name. */
export type SuggestFuncs = Readonly<Record<string, SuggestFunc>>;

/** Implements {@link Learner.lrFind}. */
export async function lrFind<S extends SuggestFuncs>(
  learn: AnyLearner,
  options?: LrFindOptions<S>,
): Promise<{ [K in keyof S]: number }>;
export async function lrFind(
  learn: AnyLearner,
  options: LrFindOptions = {},
): Promise<Record<string, number>> {
  const { suggestFuncs = { valley }, startLr = 1e-7, endLr = 10, numIt = 100, stopDiv = true } = options;
  checkLearningRate(startLr, 'startLr');
  checkLearningRate(endLr, 'endLr');
  if (endLr <= startLr) {
    throw new LearnerError(`endLr must be above startLr (${startLr}), got ${endLr}.`);
  }
  checkInteger('numIt', numIt, { min: 0 });
  const { length } = learn.dls.train;
  if (length === 0)
    throw new LearnerError('lrFind needs training data, but the training loader has no batches.');
  const finder = new LRFinder({ startLr, endLr, numIt, stopDiv });
  // Callbacks that log, save or stop early must not act on a search.
  const others = learn.cbs.filter(({ fitOnly }) => fitOnly);
  await learn.removedCbs(others, () =>
    learn.noLogging(() => learn.fit(Math.floor(numIt / length) + 1, undefined, { cbs: finder })),
  );
  const { lrs, losses } = learn.recorder;
  const search: LrSearch = { lrs: [...lrs], losses: [...losses], suggestions: {} };
  learn.recorder.lrSearch = search;
  const usable = usablePart(search, numIt);
  for (const [name, suggest] of Object.entries(suggestFuncs)) {
    search.suggestions[name] = suggest(usable.lrs, usable.losses);
  }
  return Object.fromEntries(Object.entries(search.suggestions).map(([name, { lr }]) => [name, lr]));
}

/** Minimum number of usable losses for a suggestion. */
const MIN_LOSSES = 2;

function usablePart({ lrs, losses }: LrSearch, numIt: number): { lrs: number[]; losses: number[] } {
  const start = Math.floor(numIt / 10);
  const firstNaN = losses.slice(0, -5).findIndex((loss, i) => i >= start && Number.isNaN(loss));
  const end = firstNaN < 0 ? -5 : firstNaN;
  const usable = { lrs: lrs.slice(start, end), losses: losses.slice(start, end) };
  if (usable.losses.length >= MIN_LOSSES) return usable;
  throw new LearnerError(
    `lrFind has ${usable.losses.length} usable losses of ${losses.length} batches, too few for a suggestion: set a larger numIt, or a smaller startLr if the loss rises from the start or is not a number.`,
  );
}
