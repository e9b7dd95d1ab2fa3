import type { Figure } from '@fastts/core';
import { Recorder } from '../callbacks/loggers/recorder.js';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import { checkEpochs, checkLearningRate } from '../schedules/learningRate.js';
import { LRFinder, type LRFinderOptions } from './lrFinder.js';
import { type LrSuggestion, type SuggestFunc, valley } from './lrSuggestions.js';
import { plotLrFind } from './plotLrFind.js';

/**
 * Settings of {@link Learner.lrFind}.
 *
 * @typeParam S the ways of suggesting, by name
 */
export interface LrFindOptions<S extends SuggestFuncs = SuggestFuncs> extends LRFinderOptions {
  /** Ways of suggesting a rate, by the name under which each is returned (default `{ valley }`). */
  suggestFuncs?: S;
}

/** Ways of suggesting a learning rate, by name. */
export type SuggestFuncs = Readonly<Record<string, SuggestFunc>>;

/** Settings of {@link Recorder.plotLrFind}. */
export interface PlotLrFindOptions {
  /** How many of the last batches to leave out, at which the loss is high (default 5). */
  skipEnd?: number;
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Suggests a learning rate: trains for `numIt` batches while the rate grows from `startLr` to `endLr`, looks at the
     * course of the smoothed loss, and puts model and optimiser back.
     *
     * `learn.recorder.plotLrFind()` shows the course. The first tenth of the batches and the last five count for
     * nothing, nor do those from the first on whose loss is no number.
     *
     * Source: fastai `callback/schedule.py`, `lr_find`.
     *
     * @returns a rate for each of `suggestFuncs`
     * @throws LearnerError when rates are no positive numbers, or there are too few losses to go by
     * @example
     * const { valley } = await learn.lrFind();
     * await learn.fitOneCycle(5, valley);
     */
    lrFind<const S extends SuggestFuncs = { valley: SuggestFunc }>(
      options?: LrFindOptions<S>,
    ): Promise<{ [K in keyof S]: number }>;
  }
}

declare module '../callbacks/loggers/recorder.js' {
  interface Recorder {
    /**
     * A picture of the loss at each learning rate of the last `lrFind`, with its suggestions.
     *
     * Source: fastai `callback/schedule.py`, `plot_lr_find`.
     *
     * @throws LearnerError when there was no `lrFind`
     */
    plotLrFind(options?: PlotLrFindOptions): Figure;
  }
}

/** What the last search of a learner's came to. */
interface LrSearch {
  lrs: readonly number[];
  losses: readonly number[];
  suggestions: Record<string, LrSuggestion>;
}

const searches = new WeakMap<Recorder, LrSearch>();

Learner.prototype.lrFind = async function (this: Learner, options: LrFindOptions = {}) {
  const { suggestFuncs = { valley }, startLr = 1e-7, endLr = 10, numIt = 100, stopDiv = true } = options;
  checkLearningRate(startLr, 'startLr');
  checkLearningRate(endLr, 'endLr');
  if (endLr <= startLr) {
    throw new LearnerError(`endLr must be above startLr, ${startLr}, but is ${endLr}.`);
  }
  checkEpochs(numIt, 'numIt');
  const { length } = this.dls.train;
  if (length === 0) throw new LearnerError('lrFind needs training data, but there is no batch of it.');
  const finder = new LRFinder({ startLr, endLr, numIt, stopDiv });
  // A search is no fit to be logged, saved or stopped early.
  const others = this.cbs.filter(({ fitOnly }) => fitOnly);
  await this.removedCbs(others, () =>
    this.noLogging(() => this.fit(Math.floor(numIt / length) + 1, undefined, { cbs: finder })),
  );
  const { lrs, losses } = this.recorder;
  const search: LrSearch = { lrs: [...lrs], losses: [...losses], suggestions: {} };
  searches.set(this.recorder, search);
  const usable = usablePart(search, numIt);
  for (const [name, suggest] of Object.entries(suggestFuncs)) {
    search.suggestions[name] = suggest(usable.lrs, usable.losses);
  }
  return Object.fromEntries(Object.entries(search.suggestions).map(([name, { lr }]) => [name, lr]));
  // What the names are, the compiler cannot see through entries of an object.
} as typeof Learner.prototype.lrFind;

Recorder.prototype.plotLrFind = function ({ skipEnd = 5 } = {}) {
  const search = searches.get(this);
  if (!search) throw new LearnerError('There is no search for a learning rate to plot: call lrFind first.');
  const shown = search.losses.length - skipEnd;
  return plotLrFind(search.lrs.slice(0, shown), search.losses.slice(0, shown), search.suggestions);
};

/** Too few to tell a course from chance. */
const FEWEST = 2;

function usablePart({ lrs, losses }: LrSearch, numIt: number): { lrs: number[]; losses: number[] } {
  const start = Math.floor(numIt / 10);
  const firstNaN = losses.slice(0, -5).findIndex((loss, i) => i >= start && Number.isNaN(loss));
  const end = firstNaN < 0 ? -5 : firstNaN;
  const usable = { lrs: lrs.slice(start, end), losses: losses.slice(start, end) };
  if (usable.losses.length >= FEWEST) return usable;
  throw new LearnerError(
    `lrFind has ${usable.losses.length} usable losses of ${losses.length} batches, too few for a suggestion: give a larger numIt, or a smaller startLr if the loss grows from the start or is no number.`,
  );
}
