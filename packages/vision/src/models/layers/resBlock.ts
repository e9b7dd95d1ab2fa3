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
  /** Divides the size (default 1). */
  stride?: number;
  /** Groups of channels of the wide convolution (default 1). */
  groups?: number;
  /** How much {@link SEModule} reduces the channels; 0 (default) for none. */
  reduction?: number;
  /** Channels after the first of three convolutions (default `nh2`). */
  nh1?: number;
  /** Channels before the last convolution (default `nf`). */
  nh2?: number;
  /** Whether each channel has a group of its own in the wide convolution (default false). */
  dw?: boolean;
  /** Groups of channels of the last convolution (default 1). */
  g2?: number;
  /** Whether a {@link SimpleSelfAttention} ends the convolutions' path (default false). */
  sa?: boolean;
  /** Whether that one's weight is symmetric (default false). */
  sym?: boolean;
  /** How its convolutions are normalised (default `'batch'`); the projection of the identity always by batch norm. */
  normType?: NormType;
  /** The activations (default ReLU). */
  actCls?: ActCls;
  /** Side of the wide convolutions' kernels (default 3). */
  ks?: number;
  /** Makes the pooling of the identity where the size changes (default {@link AvgPool}). */
  pool?: MakePool;
  /** Whether that pooling comes before the projection of the identity rather than after it (default true). */
  poolFirst?: boolean;
}

/**
 * A residual block: two convolutions, or, where `expansion` is above 1, three of which the outer ones are
 * 1×1, beside the identity (pooled and projected where the shape changes); the two are added.
 *
 * The pooling before the projection, which loses nothing, is ResNet-D's (He et al. 2018,
 * https://arxiv.org/abs/1812.01187). The last norm begins at zero, so that the block begins as the identity.
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

  /** What the convolutions make of `x`, plus the identity, through the activation. */
  private addPath(x: tf.Tensor, identity: tf.Tensor, activation: NormActivation): tf.Tensor {
    const last = this.convpath.at(-1);
    if (isPlain(this.convpath, Sequential) && isPlain(last, ConvLayer)) {
      return last.forwardAdd(this.convpath.slice(0, -1).forward(x), identity, activation);
    }
    return (activation ? addRelu : tf.add)(this.convpath.forward(x), identity);
  }
}

/** {@link ResBlockOptions} that are known by then. */
type ConvPathOptions = ResBlockOptions & { nh2: number; actCls: ActCls };

function makeConvPath(expansion: number, from: number, to: number, options: ConvPathOptions): Sequential {
  const { stride, groups, nh2, nh1 = nh2, dw, g2, normType = 'batch', ks, reduction = 0, sa, sym } = options;
  const { actCls, bias, biasStd, bn1st, init } = options;
  const inner = { normType, actCls, bias, biasStd, bn1st, init };
  const last = { ...inner, normType: zeroAtFirst(normType), actCls: null, groups: g2 };
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

/** The norm that ends a block, so that the block begins as the identity where its norm can. */
function zeroAtFirst(normType: NormType): NormType {
  if (normType === 'batch') return 'batchZero';
  return normType === 'instance' ? 'instanceZero' : normType;
}
