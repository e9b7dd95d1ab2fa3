import {
  AdaptiveAvgPool2d,
  ArgumentError,
  checkInteger,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  type Module,
  named,
  registered,
  Sequential,
} from '@fastts/core';
import { type ActCls, defaultActivation } from './layers/activation.js';
import { ConvLayer } from './layers/convLayer.js';
import { initCnn } from './layers/initLayers.js';
import { ResBlock, type ResBlockOptions } from './layers/resBlock.js';

/** A class of residual blocks, such as {@link ResBlock} or {@link SEResNeXtBlock}. */
export type Block = new (expansion: number, ni: number, nf: number, options?: ResBlockOptions) => Module;

/** Options of {@link XResNet}; block options other than `stride` are passed to all blocks. */
export interface XResNetOptions extends Omit<ResBlockOptions, 'stride' | 'nh1' | 'nh2'> {
  /** Number of outputs, such as the number of classes (default 1000). */
  nOut?: number;
  /** Channels of the images (default 3). */
  cIn?: number;
  /** Dropout probability before the last layer (default 0). */
  p?: number;
  /** Channels of the stem's three convolutions (default [32, 32, 64]); the last must be 64. */
  stemSzs?: readonly [number, number, number];
  /** Multiplies the channels of the blocks (default 1). */
  widen?: number;
  /** Whether the first of four stages ends with a {@link SimpleSelfAttention} (default false). */
  sa?: boolean;
  /** The activations (default ReLU). */
  actCls?: ActCls;
  /** Kernel size, odd (default 3). */
  ks?: number;
  /** Stride of the stem, its pooling, and each stage after the first (default 2). */
  stride?: number;
}

/** Channels of the first four stages, before `widen` and the expansion; later stages have 256. */
const STAGES = [64, 128, 256, 512];
const FURTHER_STAGES = 256;

/** Input channels of the first stage, for every `widen`. */
const FIRST_WIDTH = 64;

/**
 * A ResNet with the improvements of "Bag of Tricks": a stem of three small convolutions, pooling before
 * projections, and norms whose scale starts at zero.
 *
 * Shapes: `[n, height, width, cIn]` to `[n, nOut]`. Parameter names are fastai's.
 *
 * Source: He et al. 2018 (https://arxiv.org/abs/1812.01187); fastai `vision/models/xresnet.py`.
 *
 * @throws ArgumentError when `ks` is even, or the widths do not fit each other.
 * @example
 * xresnet50({ nOut: 10, actCls: Mish, sa: true, pool: MaxBlurPool });
 */
@registered('XResNet')
export class XResNet extends Sequential {
  /**
   * @param block The class of the blocks.
   * @param expansion Ratio of a block's output channels to its hidden channels: 1 for blocks of two
   *   convolutions, 4 for bottlenecks of three.
   * @param layers Blocks in each stage.
   */
  constructor(
    block: Block,
    expansion: number,
    layers: readonly number[],
    {
      nOut = 1000,
      cIn = 3,
      p = 0,
      stemSzs = [32, 32, 64],
      widen = 1,
      sa = false,
      ks = 3,
      stride = 2,
      actCls = defaultActivation,
      ...blockOptions
    }: XResNetOptions = {},
  ) {
    checkInteger('nOut', nOut, { min: 1 });
    if (ks % 2 === 0) throw new ArgumentError(`ks must be odd, got ${ks}.`);
    const firstWidth = Math.trunc(FIRST_WIDTH / expansion);
    if (stemSzs[2] !== firstWidth * expansion) {
      throw new ArgumentError(
        `The last of stemSzs must be ${firstWidth * expansion}, the input channels of the first block, got ${stemSzs[2]}.`,
      );
    }
    const stem = [cIn, ...stemSzs]
      .slice(0, 3)
      .map(
        (channels, i) => new ConvLayer(channels, stemSzs[i]!, { ks, stride: i === 0 ? stride : 1, actCls }),
      );
    const widths = layers.map((_, i) => Math.trunc((STAGES[i] ?? FURTHER_STAGES) * widen));
    const before = [firstWidth, ...widths];
    const stages = layers.map((blocks, i) =>
      makeStage(block, blocks, before[i]!, widths[i]!, expansion, {
        ...blockOptions,
        stride: i === 0 ? 1 : stride,
        // fastai counts from the end: networks with more stages have it later.
        sa: sa && i === layers.length - 4,
        ks,
        actCls,
      }),
    );
    super(
      ...stem,
      new MaxPool2d(ks, { stride, padding: Math.trunc(ks / 2) }),
      ...stages,
      new AdaptiveAvgPool2d(1),
      new Flatten(),
      new Dropout(p),
      new Linear(widths.at(-1)! * expansion, nOut),
    );
    initCnn(this);
  }
}

function makeStage(
  Block: Block,
  blocks: number,
  channelsIn: number,
  channels: number,
  expansion: number,
  { stride, sa, ...options }: ResBlockOptions,
): Sequential {
  return new Sequential(
    ...Array.from(
      { length: blocks },
      (_, i) =>
        new Block(expansion, i === 0 ? channelsIn : channels, channels, {
          ...options,
          stride: i === 0 ? stride : 1,
          sa: sa && i === blocks - 1,
        }),
    ),
  );
}

/** XResNet with 18 layers; 11.7 million parameters at 1000 classes. See {@link XResNet}. */
export function xresnet18(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 1, [2, 2, 2, 2], options);
}
named('xresnet18')(xresnet18);

/** XResNet with 34 layers; 21.8 million parameters at 1000 classes. See {@link XResNet}. */
export function xresnet34(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 1, [3, 4, 6, 3], options);
}
named('xresnet34')(xresnet34);

/** XResNet with 50 layers; 25.6 million parameters at 1000 classes. See {@link XResNet}. */
export function xresnet50(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 4, [3, 4, 6, 3], options);
}
named('xresnet50')(xresnet50);

/** XResNet with 101 layers; 44.6 million parameters at 1000 classes. See {@link XResNet}. */
export function xresnet101(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 4, [3, 4, 23, 3], options);
}
named('xresnet101')(xresnet101);

/** XResNet with 152 layers; 60.2 million parameters at 1000 classes. See {@link XResNet}. */
export function xresnet152(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 4, [3, 8, 36, 3], options);
}
named('xresnet152')(xresnet152);

/** XResNet18 with two more stages. See {@link XResNet}. */
export function xresnet18Deep(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 1, [2, 2, 2, 2, 1, 1], options);
}
named('xresnet18Deep')(xresnet18Deep);

/** XResNet34 with two more stages. See {@link XResNet}. */
export function xresnet34Deep(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 1, [3, 4, 6, 3, 1, 1], options);
}
named('xresnet34Deep')(xresnet34Deep);

/** XResNet50 with two more stages. See {@link XResNet}. */
export function xresnet50Deep(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 4, [3, 4, 6, 3, 1, 1], options);
}
named('xresnet50Deep')(xresnet50Deep);

/** XResNet18 with four more stages of one block each. See {@link XResNet}. */
export function xresnet18Deeper(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 1, [2, 2, 1, 1, 1, 1, 1, 1], options);
}
named('xresnet18Deeper')(xresnet18Deeper);

/** XResNet34 with four more stages. See {@link XResNet}. */
export function xresnet34Deeper(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 1, [3, 4, 6, 3, 1, 1, 1, 1], options);
}
named('xresnet34Deeper')(xresnet34Deeper);

/** XResNet50 with four more stages. See {@link XResNet}. */
export function xresnet50Deeper(options?: XResNetOptions): XResNet {
  return new XResNet(ResBlock, 4, [3, 4, 6, 3, 1, 1, 1, 1], options);
}
named('xresnet50Deeper')(xresnet50Deeper);
