import { ArgumentError } from '../errors.js';

/** The scale of an axis: positions of numbers on it, and its labels. */
export interface Scale {
  /** The position of a number: 0 is the start of the axis, 1 its end; NaN for a number that the axis cannot show. */
  position(value: number): number;
  /** The labeled numbers, in ascending order. */
  ticks: readonly number[];
  /** Their labels. */
  labels: readonly string[];
  /** Numbers with a tick mark but no label. */
  minorTicks: readonly number[];
}

/** Options of {@link makeScale}. */
export interface ScaleOptions {
  log: boolean;
  /** The range of the axis (default: fitted to the values). */
  domain?: readonly [number, number] | undefined;
  /** Approximate number of labels. */
  count: number;
}

/**
 * The scale of an axis that shows the given values, all finite, and positive on a logarithmic axis.
 *
 * @throws ArgumentError when an end of `domain` is not finite, or not positive on a logarithmic axis.
 */
export function makeScale(values: readonly number[], { log, domain, count }: ScaleOptions): Scale {
  if (domain && !domain.every((end) => Number.isFinite(end) && (end > 0 || !log))) {
    const condition = log ? 'positive on a logarithmic axis' : 'finite';
    throw new ArgumentError(`The ends of an axis must be ${condition}, got ${domain.join(' and ')}.`);
  }
  const extent = widen(domain ?? extentOf(values, log), log);
  return log ? logScale(extent, count) : linearScale(extent, count, domain === undefined);
}

type Extent = readonly [from: number, to: number];

function extentOf(values: readonly number[], log: boolean): Extent {
  if (values.length === 0) return log ? [1, 10] : [0, 1];
  return values.reduce<Extent>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** The extent around a single number, with a margin. */
function widen([from, to]: Extent, log: boolean): Extent {
  if (Math.abs(to - from) > 1e-10 * Math.max(Math.abs(from), Math.abs(to))) return [from, to];
  if (log) return [from / 2, from * 2];
  const room = Math.abs(from) / 10 || 1;
  return [from - room, from + room];
}

/** @param isRounded Whether the axis is extended to multiples of its step. */
function linearScale(extent: Extent, count: number, isRounded: boolean): Scale {
  const step = stepOf(extent, count);
  const [from, to] = isRounded ? [step.below(extent[0]), step.above(extent[1])] : extent;
  const ticks = step.multiples(Math.min(from, to), Math.max(from, to));
  return {
    position: (value) => (value - from) / (to - from),
    ticks,
    labels: linearLabels(ticks),
    minorTicks: [],
  };
}

function logScale([from, to]: Extent, count: number): Scale {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const ticks = logTicks(low, high, count);
  return {
    position: (value) =>
      value > 0 ? (Math.log(value) - Math.log(from)) / (Math.log(to) - Math.log(from)) : Number.NaN,
    ticks,
    labels: logLabels(ticks),
    minorTicks: Math.log10(high / low) <= MOST_MARKED_DECADES ? multiplesOfPowers(low, high, DIGITS) : [],
  };
}

/** Beyond this many powers of ten, the minor tick marks would merge. */
const MOST_MARKED_DECADES = 15;
const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** The multiples of 1, 2 or 5 times a power of ten from `low` to `high`, about `count` of them. */
export function linearTicks(low: number, high: number, count: number): number[] {
  return stepOf([low, high], count).multiples(low, high);
}

interface Step {
  /** The largest multiple of the step not above a value. */
  below(value: number): number;
  /** The smallest multiple of the step not below a value. */
  above(value: number): number;
  multiples(low: number, high: number): number[];
}

/**
 * The step for about `count` ticks: 1, 2 or 5 times a power of ten, whichever is nearest on a logarithmic scale.
 *
 * Source: d3-array, `ticks`.
 */
function stepOf([from, to]: Extent, count: number): Step {
  const ideal = Math.abs(to - from) / count;
  const power = Math.floor(Math.log10(ideal));
  const excess = ideal / 10 ** power;
  const factor = excess >= Math.sqrt(50) ? 10 : excess >= Math.sqrt(10) ? 5 : excess >= Math.sqrt(2) ? 2 : 1;
  const step = decimal(factor, power);
  const multiple = (index: number) => decimal(index * factor, power);
  const nearest = (value: number) => Math.round(value / step);
  const indexBelow = (value: number) => nearest(value) - (multiple(nearest(value)) > value ? 1 : 0);
  const indexAbove = (value: number) => nearest(value) + (multiple(nearest(value)) < value ? 1 : 0);
  return {
    below: (value) => multiple(indexBelow(value)),
    above: (value) => multiple(indexAbove(value)),
    multiples: (low, high) => {
      const first = indexAbove(low);
      return Array.from({ length: Math.max(0, indexBelow(high) - first + 1) }, (_, i) => multiple(first + i));
    },
  };
}

/** The double nearest to `digits · 10^power`: 0.3 for 3 and −1, unlike 3 * 0.1. */
function decimal(digits: number, power: number): number {
  return Number(`${digits}e${power}`);
}

/**
 * At most about `count` positive numbers from `low` to `high`: powers of ten, or every nth of them; if these are too
 * few, also their multiples by 2 and 5, or by all digits, or the ticks of a linear axis.
 */
export function logTicks(low: number, high: number, count: number): number[] {
  const powers = multiplesOfPowers(low, high, [1]);
  const stride = Math.max(1, Math.ceil(powers.length / count));
  const some = powers.filter((power) => Math.round(Math.log10(power)) % stride === 0);
  const choices = [some, multiplesOfPowers(low, high, [1, 2, 5]), multiplesOfPowers(low, high, DIGITS)];
  const enough = choices.find(({ length }) => length >= 3 && length <= count);
  return enough ?? (some.length >= 2 ? some : linearTicks(low, high, count));
}

/** The given multiples of powers of ten from `low` to `high`, in ascending order. */
function multiplesOfPowers(low: number, high: number, factors: readonly number[]): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.floor(Math.log10(high))];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    .flatMap((power) => factors.map((factor) => decimal(factor, power)))
    .filter((value) => value >= low && value <= high);
}

/** Labels with the same number of decimals. */
function linearLabels(ticks: readonly number[]): string[] {
  if (isPlain(ticks)) {
    const digits = Math.max(0, ...ticks.map((tick) => decimals(String(tick))));
    return ticks.map((tick) => plain(tick, digits));
  }
  const digits = Math.max(0, ...ticks.map((tick) => decimals(tick.toExponential())));
  return ticks.map((tick) => (tick === 0 ? '0' : exponential(tick, digits)));
}

function logLabels(ticks: readonly number[]): string[] {
  return ticks.map(isPlain(ticks) ? (tick) => plain(tick) : (tick) => exponential(tick));
}

/** Whether the numbers are short as decimals; others are written like `2e-5`. */
function isPlain(ticks: readonly number[]): boolean {
  return ticks.every((tick) => tick === 0 || (Math.abs(tick) >= 1e-4 && Math.abs(tick) < 1e8));
}

function plain(value: number, digits?: number): string {
  const options = { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 20 };
  return withMinus(value.toLocaleString('en-US', options));
}

function exponential(value: number, digits?: number): string {
  return withMinus(value.toExponential(digits).replace('e+', 'e'));
}

/** Number of digits after the decimal point. */
function decimals(number: string): number {
  return /\.(\d+)/.exec(number)?.[1]?.length ?? 0;
}

/** Uses a minus sign as wide as a plus sign. */
function withMinus(number: string): string {
  return number.replace(/^-/, '−');
}
