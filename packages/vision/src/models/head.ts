import {
  AdaptiveAvgPool2d,
  AdaptiveConcatPool2d,
  ArgumentError,
  BatchNorm1d,
  Dropout,
  Flatten,
  kaimingNormal_,
  Linear,
  type Module,
  type Parameter,
  ReLU,
  Sequential,
  SigmoidRange,
} from '@fastts/core';
import { applyInit } from './layers/initLayers.js';
import { LinBnDrop } from './layers/linBnDrop.js';

/** Options of {@link createHead}. */
export interface CreateHeadOptions {
  /** Sizes of the hidden linear layers (default `[512]`). */
  linFtrs?: readonly number[];
  /** Dropout probability before each linear layer; a single number is the last layer's, and the others get half of it
   * (default 0.5). */
  ps?: number | readonly number[];
  /** Whether the head begins with pooling (default true). */
  pool?: boolean;
  /** Whether it concatenates max and average pooling (default true). */
  concatPool?: boolean;
  /** Whether batch norm comes before the first linear layer (default true). */
  firstBn?: boolean;
  /** Whether batch norm comes last (default false). */
  bnFinal?: boolean;
  /** Whether each linear layer comes before its norm and dropout (default false). */
  linFirst?: boolean;
  /** Range to which a sigmoid maps the outputs (default: not mapped). */
  yRange?: readonly [low: number, high: number];
}

/**
 * A classification head for a body's features: pooling, then batch norm, dropout and linear layers, with ReLU between.
 *
 * Shapes: `[n, height, width, nf]`, or `[n, nf]` without pooling, to `[n, nOut]`.
 *
 * Source: fastai `vision/learner.py`, `create_head`.
 *
 * @throws ArgumentError when the length of `ps` is not the number of linear layers.
 */
export function createHead(nf: number, nOut: number, options: CreateHeadOptions = {}): Sequential {
  const { linFtrs = [512], pool = true, concatPool = true, linFirst = false, bnFinal = false } = options;
  const { ps = 0.5, firstBn = true, yRange } = options;
  const features = [pool && concatPool ? nf * 2 : nf, ...linFtrs, nOut];
  const drops = dropouts(ps, features.length - 1);
  const layers: Module[] = pool
    ? [concatPool ? new AdaptiveConcatPool2d() : new AdaptiveAvgPool2d(1), new Flatten()]
    : [];
  if (linFirst) layers.push(new Dropout(drops.shift()));
  for (const [i, p] of drops.entries()) {
    const isLast = i === features.length - 2;
    const bn = i > 0 || firstBn;
    const act = isLast ? null : new ReLU();
    layers.push(...new LinBnDrop(features[i]!, features[i + 1]!, { bn, p, act, linFirst }));
  }
  if (linFirst) layers.push(new Linear(features.at(-2)!, nOut));
  if (bnFinal) layers.push(new BatchNorm1d(nOut, { momentum: 0.01 }));
  if (yRange) layers.push(new SigmoidRange(...yRange));
  return new Sequential(...layers);
}

/** Options of {@link addHead}. */
export interface AddHeadOptions extends CreateHeadOptions {
  /** Initializes the head's weights (default {@link kaimingNormal_}); `null` keeps PyTorch's defaults. */
  init?: ((weight: Parameter) => void) | null;
  /** A custom head in place of {@link createHead}'s. */
  head?: Module;
}

/**
 * A body followed by a head.
 *
 * Source: fastai `vision/learner.py`, `add_head`.
 *
 * @param nf Number of the body's output features.
 */
export function addHead(
  body: Module,
  nf: number,
  nOut: number,
  { init = kaimingNormal_, head, ...options }: AddHeadOptions = {},
): Sequential {
  const made = head ?? createHead(nf, nOut, options);
  applyInit(made, init);
  return new Sequential(body, made);
}

function dropouts(ps: number | readonly number[], count: number): number[] {
  const given = typeof ps === 'number' ? [ps] : [...ps];
  if (given.length === 1) return [...Array<number>(count - 1).fill(given[0]! / 2), given[0]!];
  if (given.length === count) return given;
  throw new ArgumentError(
    `ps must have one number, or one per linear layer (${count}), got ${given.length}.`,
  );
}
