import { addRelu, isPlain, Module, type NormActivation, ReLU, registered, Sequential } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ActCls, defaultActivation, makeActivation } from './activation.js';
import { ConvLayer, type ConvLayerOptions } from './convLayer.js';
import type { NormType } from './norm.js';
import { AvgPool, type MakePool } from './pools.js';
import { SimpleSelfAttention } from './selfAttention.js';
import { SEModule } from './seModule.js';

/** Options of {@link ResBlock}. */
export interface ResBlockOptions extends Pick<ConvLayerOptions, 'bias' | 'biasStd' | 'bn1st' | 'init'> {
  /** Stride (default 1). */
  stride?: number;
  /** Channel groups of the wide convolution (default 1). */
  groups?: number;
  /** The reduction of {@link SEModule}; 0 (default) for no such module. */
  reduction?: number;
  /** Channels after the first of three convolutions (default `nh2`). */
  nh1?: number;
  /** Channels before the last convolution (default `nf`). */
  nh2?: number;
  /** Whether the wide convolution is depthwise (default false). */
  dw?: boolean;
  /** Channel groups of the last convolution (default 1). */
  g2?: number;
  /** Whether the convolution path ends with a {@link SimpleSelfAttention} (default false). */
  sa?: boolean;
  /** Whether the self-attention's weight is symmetric (default false). */
  sym?: boolean;
  /** The normalization of its convolutions (default `'batch'`); the identity's projection always has batch norm. */
  normType?: NormType;
  /** The activations (default ReLU). */
  actCls?: ActCls;
  /** Kernel size of the wide convolutions (default 3). */
  ks?: number;
  /** Creates the identity's pooling where the size changes (default {@link AvgPool}). */
  pool?: MakePool;
  /** Whether that pooling comes before the identity's projection (default true). */
  poolFirst?: boolean;
}

/**
 * A residual block: two convolutions, or, where `expansion` is above 1, three with the outer ones 1×1, added to the
 * identity (pooled and projected where the shape changes).
 *
 * Pooling before the projection, which discards no pixel, is from ResNet-D (He et al. 2018,
 * https://arxiv.org/abs/1812.01187). The scale of the last norm starts at zero, so that the block starts as the identity.
 *
 * Shapes: `[n, height, width, ni · expansion]` to
 * `[n, ⌈height / stride⌉, ⌈width / stride⌉, nf · expansion]`.
 *
 * Source: fastai `layers.py`.
 */
@registered('ResBlock')
export class ResBlock extends Module {
  readonly convpath: Sequential;
  readonly idpath: Sequential;
  readonly act: Module;

  constructor(expansion: number, ni: number, nf: number, options: ResBlockOptions = {}) {
    super();
    const { stride = 1, nh2 = nf, actCls = defaultActivation } = options;
    const from = ni * expansion;
    const to = nf * expansion;
    this.convpath = makeConvPath(expansion, from, to, { ...options, nh2, actCls });
    this.idpath = makeIdPath(from, to, { ...options, stride });
    this.act = makeActivation(actCls);
  }

  forward(x: tf.Tensor): tf.Tensor {
    const identity = this.idpath.forward(x);
    if (isPlain(this.act, ReLU)) return this.addPath(x, identity, 'relu');
    return this.act.forward(this.addPath(x, identity, null));
  }

  /** `activation(convolutions(x) + identity(x))`. */
  private addPath(x: tf.Tensor, identity: tf.Tensor, activation: NormActivation): tf.Tensor {
    const last = this.convpath.at(-1);
    if (isPlain(this.convpath, Sequential) && isPlain(last, ConvLayer)) {
      return last.forwardAdd(this.convpath.slice(0, -1).forward(x), identity, activation);
    }
    return (activation ? addRelu : tf.add)(this.convpath.forward(x), identity);
  }
}

/** {@link ResBlockOptions} with defaults applied. */
type ConvPathOptions = ResBlockOptions & { nh2: number; actCls: ActCls };

function makeConvPath(expansion: number, from: number, to: number, options: ConvPathOptions): Sequential {
  const { stride, groups, nh2, nh1 = nh2, dw, g2, normType = 'batch', ks, reduction = 0, sa, sym } = options;
  const { actCls, bias, biasStd, bn1st, init } = options;
  const inner = { normType, actCls, bias, biasStd, bn1st, init };
  const last = { ...inner, normType: withZeroScale(normType), actCls: null, groups: g2 };
  const path =
    expansion === 1
      ? new Sequential(
          new ConvLayer(from, nh2, { ...inner, ks, stride, groups: dw ? from : groups }),
          new ConvLayer(nh2, to, { ...last, ks }),
        )
      : new Sequential(
          new ConvLayer(from, nh1, { ...inner, ks: 1 }),
          new ConvLayer(nh1, nh2, { ...inner, ks, stride, groups: dw ? nh1 : groups }),
          new ConvLayer(nh2, to, { ...last, ks: 1 }),
        );
  if (reduction > 0) path.append(new SEModule(to, reduction, actCls));
  if (sa) path.append(new SimpleSelfAttention(to, { sym }));
  return path;
}

function makeIdPath(
  from: number,
  to: number,
  {
    stride,
    pool = AvgPool,
    poolFirst = true,
    bias,
    biasStd,
    bn1st,
    init,
  }: ResBlockOptions & { stride: number },
): Sequential {
  const projection =
    from === to ? [] : [new ConvLayer(from, to, { ks: 1, actCls: null, bias, biasStd, bn1st, init })];
  const pooling = stride === 1 ? [] : [pool(stride, { ceilMode: true })];
  return new Sequential(...(poolFirst ? [...pooling, ...projection] : [...projection, ...pooling]));
}

/** The norm that ends a block, with a zero scale where it can, so that the block starts as the identity. */
function withZeroScale(normType: NormType): NormType {
  if (normType === 'batch') return 'batchZero';
  return normType === 'instance' ? 'instanceZero' : normType;
}

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
