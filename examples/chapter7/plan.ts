import type { Data } from './data.js';
import type { Speed } from './measure.js';
import type { Options } from './options.js';

/** What a run does, and how long it should take. */
export interface Plan {
  size: number;
  epochs: number;
  /** The share of the pictures that is used, and their numbers. */
  pct: number;
  train: number;
  valid: number;
  /** The schedule of progressive resizing, and the epochs of the callback that does it. */
  resizing: Resizing;
  growingEpochs: number;
  /** Expected seconds of each section, by its name. */
  seconds: ReadonlyMap<string, number>;
}

/** Epochs at a small size, then `fineTune(last)` at the full one, which has one more epoch. */
export interface Resizing {
  small: number;
  first: number;
  last: number;
}

/** Speeds at the size of the pictures, and at the smaller one of progressive resizing. */
export interface Speeds {
  full: Speed;
  small: Speed;
}

/** How long newcomers should wait for the table, and the part of it that is planned: machines are not equally fast all the time. */
export const FIVE_MINUTES = 300;
const PLANNED = 0.9;

/** Epochs per technique: they are increased only when all pictures are used, and decreased only with the fewest pictures. */
const EPOCHS = { least: 3, usual: 5, most: 20 };
/** Training pictures: with fewer than `few`, smaller ones are tried. */
const PICTURES = { least: 200, few: 500 };
/** In pixels: what is tried first, then for slower machines, and for machines that have time left. */
const SIZES = { usual: 96, smaller: [64, 32], larger: 128 };

/** Passes over the validation set after training: one plain, and five for test-time augmentation. */
const PASSES = 6;
/** The rest of a section, in seconds: reading the list of files, a new network, figures. */
const BESIDES = 1.5;

/** The assumed time of an epoch with progressive resizing's small pictures, relative to one at the full size: loading costs the same. */
const SMALL_EPOCH = 0.5;

/**
 * Chooses what the options leave open, so that all sections take five minutes: as many pictures as possible; if all of them do not
 * fill the time, more epochs, or larger pictures; if they are too few, smaller pictures, or fewer epochs.
 *
 * @param speedAt Measures the machine at a size.
 */
export async function makePlan(
  options: Options,
  data: Data,
  speedAt: (size: number) => Promise<Speed>,
): Promise<Plan> {
  const at = async (size: number) => {
    const speeds = { full: await speedAt(size), small: await speedAt(smallSize(size)) };
    return fill(options, data, size, speeds);
  };
  if (options.size) return at(options.size);
  const [first, ...smaller] = [SIZES.usual, ...SIZES.smaller].filter((size) => size <= data.maxSize);
  let plan = await at(first!);
  for (const size of smaller) {
    const isShort = !options.pct && plan.train < Math.min(PICTURES.few, data.train);
    if (!isShort && isInTime(plan)) break;
    plan = await at(size);
  }
  if (plan.pct < 1 || plan.epochs < EPOCHS.most || data.maxSize < SIZES.larger) return plan;
  const larger = await at(SIZES.larger);
  return larger.pct === 1 ? larger : plan;
}

/** The plan for one size. */
function fill(options: Options, data: Data, size: number, speeds: Speeds): Plan {
  const plan = (pct: number, epochs: number) => planOf(options, data, size, speeds, pct, epochs);
  const usual = options.epochs ?? EPOCHS.usual;
  const perMille = (n: number) => n / 1000;
  const least = Math.min(1000, Math.ceil((1000 * PICTURES.least) / data.train));
  const pct = options.pct ?? perMille(largest(least, 1000, (n) => isInTime(plan(perMille(n), usual))));
  const isBetween = !options.pct && pct > perMille(least) && pct < 1;
  if (options.epochs || isBetween) return plan(pct, usual);
  return plan(
    pct,
    largest(EPOCHS.least, EPOCHS.most, (n) => isInTime(plan(pct, n))),
  );
}

function planOf(
  { full, only }: Options,
  data: Data,
  size: number,
  speeds: Speeds,
  pct: number,
  epochs: number,
): Plan {
  const train = Math.max(1, Math.round(pct * data.train));
  const valid = Math.min(data.valid, Math.max(1, Math.round(train / 2)));
  const epochAt = (speed: Speed) => train * speed.train + valid * speed.valid;
  const large = epochAt(speeds.full);
  const small = epochAt(speeds.small);
  const resizing = full
    ? { small: 128, first: 4, last: 5 }
    : { small: smallSize(size), ...inTheTimeOf(epochs) };
  // Half of its batches are small, and the others grow.
  const growingEpochs = full ? epochs : Math.round((epochs * 2) / (1 + SMALL_EPOCH));
  const training = (name: string) => {
    if (name === 'progressiveResizing') return resizing.first * small + (1 + resizing.last) * large;
    if (name === 'progressiveResizeCallback') return (growingEpochs * (small + large)) / 2;
    return epochs * large;
  };
  const predicting = PASSES * valid * speeds.full.valid;
  return {
    ...{ size, epochs, pct, train, valid, resizing, growingEpochs },
    seconds: new Map(only.map((name) => [name, training(name) + predicting + BESIDES])),
  };
}

/** The smaller size of progressive resizing: half of the full one, a quarter of the arithmetic. */
function smallSize(size: number): number {
  return Math.round(size / 2);
}

/**
 * Progressive resizing that takes about as long as `epochs` at the full size: most of its epochs are small, since in the same time
 * there are twice as many of these.
 */
function inTheTimeOf(epochs: number): Pick<Resizing, 'first' | 'last'> {
  const last = Math.max(1, Math.round(epochs / 5));
  return { first: Math.max(1, Math.round((epochs - 1 - last) / SMALL_EPOCH)), last };
}

/** The largest integer from `min` to `max` that fits, if larger ones do not; `min` if none does. */
function largest(min: number, max: number, fits: (n: number) => boolean): number {
  let [good, bad] = [min, max + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

function isInTime(plan: Plan): boolean {
  return secondsOf(plan) <= FIVE_MINUTES * PLANNED;
}

/** Expected seconds of all sections. */
export function secondsOf({ seconds }: Plan): number {
  return [...seconds.values()].reduce((a, b) => a + b, 0);
}
