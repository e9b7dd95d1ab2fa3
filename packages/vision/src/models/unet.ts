import {
  applyInTurn,
  type BatchNorm2d,
  kaimingNormal_,
  MergeLayer,
  Module,
  type Parameter,
  ReLU,
  registered,
  resizeNearest,
  Sequential,
  SequentialEx,
  ShortcutLayer,
  SigmoidRange,
  type Size,
  toSize,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ActCls, defaultActivation, makeActivation } from './layers/activation.js';
import { ConvLayer } from './layers/convLayer.js';
import { applyInit } from './layers/initLayers.js';
import { type NormType, normAfter } from './layers/norm.js';
import { PixelShuffleICNR } from './layers/pixelShuffleIcnr.js';
import { ResBlock } from './layers/resBlock.js';
import { SelfAttention } from './layers/selfAttention.js';
import { inChannels, modelSizes } from './modelSizes.js';

/** Options shared by all layers of a {@link DynamicUnet}'s decoder. */
interface LayerOptions {
  /** The activations (default ReLU). */
  actCls?: ActCls;
  /** The normalization of the convolutions (default none). */
  normType?: NormType;
  /** Initializes the convolutions' weights (default Kaiming normal); `null` keeps theirs. */
  init?: ((weight: Parameter) => void) | null;
}

/** Options of {@link UnetBlock}. */
export interface UnetBlockOptions extends LayerOptions {
  /** Whether it outputs as many channels as its concatenated inputs have, not half as many (default true). */
  finalDiv?: boolean;
  /** Whether its upsampling is blurred (default false). */
  blur?: boolean;
  /** Whether it ends with a {@link SelfAttention} (default false). */
  selfAttention?: boolean;
}

/**
 * One decoder step of a U-Net: upsamples the deeper features by 2, concatenates the encoder's features of that size, and
 * applies two convolutions.
 *
 * Shapes: `[n, height / 2, width / 2, upInC]` and `[n, height, width, xInC]` to `[n, height, width, channels]`.
 *
 * Source: fastai `vision/models/unet.py`.
 */
@registered('UnetBlock')
export class UnetBlock extends Module {
  readonly shuf: PixelShuffleICNR;
  readonly bn: BatchNorm2d;
  readonly conv1: ConvLayer;
  readonly conv2: ConvLayer;
  readonly relu: Module;
  /** Output channels. */
  readonly channels: number;

  constructor(
    upInC: number,
    xInC: number,
    {
      finalDiv = true,
      blur = false,
      selfAttention = false,
      actCls = defaultActivation,
      normType = null,
      init = kaimingNormal_,
    }: UnetBlockOptions = {},
  ) {
    super();
    const half = Math.floor(upInC / 2);
    const ni = half + xInC;
    const nf = finalDiv ? ni : Math.floor(ni / 2);
    this.shuf = new PixelShuffleICNR(upInC, half, { blur, actCls, normType });
    this.bn = normAfter(xInC, 'batch') as BatchNorm2d;
    this.conv1 = new ConvLayer(ni, nf, { actCls, normType });
    const xtra = selfAttention ? new SelfAttention(nf) : null;
    this.conv2 = new ConvLayer(nf, nf, { actCls, normType, xtra });
    this.relu = makeActivation(actCls);
    this.channels = nf;
    for (const conv of [this.conv1, this.conv2]) applyInit(conv, init);
  }

  /** @param skipped The encoder's features of this size. */
  forward(x: tf.Tensor, skipped: tf.Tensor): tf.Tensor {
    const up = resizeLike(this.shuf.forward(x), skipped);
    const both = this.relu.forward(tf.concat([up, this.bn.forward(skipped)], 3));
    return this.conv2.forward(this.conv1.forward(both));
  }
}

/** Nearest-neighbor resizing to the size of the {@link SequentialEx}'s input. Source: fastai `vision/models/unet.py`. */
@registered('ResizeToOrig')
export class ResizeToOrig extends ShortcutLayer {
  forward(x: tf.Tensor, orig: tf.Tensor): tf.Tensor {
    return resizeLike(x, orig);
  }
}

/** Options of {@link DynamicUnet}. */
export interface DynamicUnetOptions extends LayerOptions {
  /** Whether upsampling is blurred, against checkerboard artifacts (default false). */
  blur?: boolean;
  /** Whether the last upsampling of a blurred network is blurred too (default true). */
  blurFinal?: boolean;
  /** Whether the third-last block ends with a {@link SelfAttention} (default false). */
  selfAttention?: boolean;
  /** Range to which a sigmoid maps the outputs (default: not mapped). */
  yRange?: readonly [low: number, high: number];
  /** Whether the input image is concatenated before a last residual block (default true). */
  lastCross?: boolean;
  /** Whether that block has half as many hidden channels (default false). */
  bottle?: boolean;
}

/**
 * A U-Net on any convolutional body: the body is the encoder, and the decoder has one {@link UnetBlock} per size.
 *
 * Shapes: `[n, height, width, channels]` to `[n, height, width, nOut]`.
 *
 * Source: Ronneberger, Fischer and Brox 2015 (https://arxiv.org/abs/1505.04597); fastai `vision/models/unet.py`, with
 * its parameter names. There, `bottle` leaves the last layer with the wrong number of channels.
 *
 * @example
 * new DynamicUnet(createBody(resnet34(), { cut: -2 }), 2, [128, 128]);
 */
@registered('DynamicUnet')
export class DynamicUnet extends SequentialEx {
  /** The encoder's parts whose outputs are used by the decoder. */
  readonly #skipped: ReadonlySet<Module>;

  /**
   * @param encoder The body, as a sequence of parts.
   * @param nOut Outputs per pixel, such as the number of classes.
   * @param imgSize Height and width of the images.
   */
  constructor(encoder: Sequential, nOut: number, imgSize: Size, options: DynamicUnetOptions = {}) {
    const { actCls = defaultActivation, normType = null, init = kaimingNormal_ } = options;
    const sizes = modelSizes(encoder, imgSize);
    const changes = sizeChanges(sizes);
    const deepest = sizes.at(-1)!.at(-1)!;
    const middle = new Sequential(
      new ConvLayer(deepest, deepest * 2, { actCls, normType }),
      new ConvLayer(deepest * 2, deepest, { actCls, normType }),
    );
    applyInit(middle, init);
    const blocks = makeBlocks(sizes, changes, options);
    const channels = blocks.at(-1)?.channels ?? deepest;
    const upsampling = isSmaller(sizes[0]!, imgSize)
      ? [new PixelShuffleICNR(channels, channels, { actCls, normType })]
      : [];
    super(
      encoder,
      normAfter(deepest, 'batch')!,
      new ReLU(),
      middle,
      ...blocks,
      ...upsampling,
      new ResizeToOrig(),
      ...makeEnd(channels, inChannels(encoder), nOut, options),
    );
    this.#skipped = new Set(changes.map((place) => encoder.at(place)));
  }

  override forward(input: tf.Tensor): tf.Tensor {
    const [encoder, ...upwards] = this.layers;
    const skipped: tf.Tensor[] = [];
    try {
      const deepest = applyInTurn(encoder as Sequential, input, (part, x) => {
        const y = part.forward(x);
        if (this.#skipped.has(part)) skipped.push(tf.keep(y));
        return y;
      });
      let place = skipped.length;
      return applyInTurn(upwards, deepest, (layer, x) => {
        if (layer instanceof UnetBlock) return layer.forward(x, skipped[--place]!);
        return layer instanceof ShortcutLayer ? layer.forward(x, input) : layer.forward(x);
      });
    } finally {
      tf.dispose(skipped);
    }
  }
}

/** The encoder's parts after which the width changes, in order. */
function sizeChanges(sizes: number[][]): number[] {
  const widths = sizes.map((shape) => shape[2]!);
  return widths.flatMap((width, i) => (i + 1 < widths.length && width !== widths[i + 1] ? [i] : []));
}

function isSmaller([, height, width]: number[], imgSize: Size): boolean {
  const [wholeHeight, wholeWidth] = toSize(imgSize);
  return height !== wholeHeight || width !== wholeWidth;
}

function makeBlocks(
  sizes: number[][],
  changes: readonly number[],
  { blur = false, blurFinal = true, selfAttention = false, actCls, normType, init }: DynamicUnetOptions,
): UnetBlock[] {
  let channels = sizes.at(-1)!.at(-1)!;
  return [...changes].reverse().map((change, i) => {
    const isLast = i === changes.length - 1;
    const block = new UnetBlock(channels, sizes[change]!.at(-1)!, {
      finalDiv: !isLast,
      blur: blur && (!isLast || blurFinal),
      selfAttention: selfAttention && i === changes.length - 3,
      actCls,
      normType,
      init,
    });
    channels = block.channels;
    return block;
  });
}

/** The last layers: the input image concatenated, and the outputs per pixel. */
function makeEnd(
  channels: number,
  pictureChannels: number,
  nOut: number,
  {
    lastCross = true,
    bottle = false,
    yRange,
    actCls,
    normType = null,
    init = kaimingNormal_,
  }: DynamicUnetOptions,
): Module[] {
  const width = lastCross ? channels + pictureChannels : channels;
  const end: Module[] = [];
  if (lastCross) {
    const nh2 = bottle ? Math.floor(width / 2) : width;
    const block = new ResBlock(1, width, width, { nh2, actCls, normType });
    applyInit(block, init);
    end.push(new MergeLayer(true), block);
  }
  end.push(new ConvLayer(width, nOut, { ks: 1, actCls: null, normType }));
  if (yRange) end.push(new SigmoidRange(...yRange));
  return end;
}

function resizeLike(x: tf.Tensor, like: tf.Tensor): tf.Tensor {
  const [, height, width] = like.shape as tf.Tensor4D['shape'];
  return resizeNearest(x as tf.Tensor4D, [height, width]);
}
