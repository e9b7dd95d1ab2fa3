import { registered } from '@fastts/core';
import { ResBlock, type ResBlockOptions } from './resBlock.js';

/**
 * A {@link ResBlock} with squeeze and excitation and twice the hidden channels.
 *
 * Source: fastai `layers.py`, after Hu et al. 2017 (https://arxiv.org/abs/1709.01507), SENet-154.
 */
@registered('SEBlock')
export class SEBlock extends ResBlock {
  /** @param options Those of a ResBlock, with `reduction` 16 by default, and without `nh1` and `nh2`. */
  constructor(
    expansion: number,
    ni: number,
    nf: number,
    { reduction = 16, ...options }: Omit<ResBlockOptions, 'nh1' | 'nh2'> = {},
  ) {
    super(expansion, ni, nf, { ...options, reduction, nh1: nf * 2, nh2: nf * expansion });
  }
}

/** Options of {@link SEResNeXtBlock}. */
export interface SEResNeXtBlockOptions extends Omit<ResBlockOptions, 'nh2'> {
  /** Channels per group for a block of 64 channels (default 4). */
  baseWidth?: number;
}

/**
 * A {@link ResBlock} whose wide convolution has 32 groups, with squeeze and excitation.
 *
 * Source: fastai `layers.py`; Xie et al. 2016 (https://arxiv.org/abs/1611.05431).
 */
@registered('SEResNeXtBlock')
export class SEResNeXtBlock extends ResBlock {
  /** @param options Those of a ResBlock, with `groups` 32 and `reduction` 16 by default, and without `nh2`. */
  constructor(
    expansion: number,
    ni: number,
    nf: number,
    { groups = 32, reduction = 16, baseWidth = 4, ...options }: SEResNeXtBlockOptions = {},
  ) {
    const width = Math.floor(nf * (baseWidth / 64)) * groups;
    super(expansion, ni, nf, { ...options, groups, reduction, nh2: width });
  }
}

/**
 * A {@link ResBlock} whose wide convolution is depthwise, with twice the hidden channels, and squeeze and excitation.
 *
 * Source: fastai `layers.py`.
 */
@registered('SeparableBlock')
export class SeparableBlock extends ResBlock {
  /** @param options Those of a ResBlock, with `reduction` 16 by default, and without `nh2` and `dw`. */
  constructor(
    expansion: number,
    ni: number,
    nf: number,
    { reduction = 16, ...options }: Omit<ResBlockOptions, 'nh2' | 'dw'> = {},
  ) {
    super(expansion, ni, nf, { ...options, reduction, nh2: nf * 2, dw: true });
  }
}
