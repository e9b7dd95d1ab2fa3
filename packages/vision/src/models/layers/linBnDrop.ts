import { Dropout, Linear, type Module, registered, Sequential } from '@fastts/core';
import { featureNorm } from './norm.js';

/** Options of {@link LinBnDrop}. */
export interface LinBnDropOptions {
  /** Whether there is a batch norm (default true); the linear layer then has no bias. */
  bn?: boolean;
  /** Dropout probability (default 0: no dropout layer). */
  p?: number;
  /** The activation after the linear layer (default none). */
  act?: Module | null;
  /** Whether the linear layer and its activation come first (default false: last). */
  linFirst?: boolean;
}

/**
 * Batch norm, dropout and a linear layer: `[n, nIn]` to `[n, nOut]`.
 *
 * Source: fastai `layers.py`.
 */
@registered('LinBnDrop')
export class LinBnDrop extends Sequential {
  constructor(
    nIn: number,
    nOut: number,
    { bn = true, p = 0, act = null, linFirst = false }: LinBnDropOptions = {},
  ) {
    const before: Module[] = bn ? [featureNorm(linFirst ? nOut : nIn)] : [];
    if (p !== 0) before.push(new Dropout(p));
    const linear: Module[] = [new Linear(nIn, nOut, { bias: !bn })];
    if (act) linear.push(act);
    super(...(linFirst ? [...linear, ...before] : [...before, ...linear]));
  }
}
