import { backend_util, type Conv2DAttrs } from '@tensorflow/tfjs-core';
import { numbers } from '../names.js';
import type { Pair, Shape4D } from './shapes.js';

/** The sizes of a convolution. */
export interface Convolution {
  /** A ConvShape. */
  readonly shape: Float64Array;
  readonly inShape: number[];
  readonly outShape: number[];
}

/** The geometry of windows on an image. */
export interface GeometryAttrs {
  strides: Pair;
  pad: [Pair, Pair];
  dilations: Pair;
}

/** A convolution with tfjs's attributes; undefined for layouts other than NHWC. */
export function plain(
  x: number[],
  filter: number[],
  attrs: {
    strides: number | Pair;
    pad: Conv2DAttrs['pad'];
    dataFormat: string;
    dilations: number | Pair;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  },
): Convolution | undefined {
  if (attrs.dataFormat === 'NCHW') return undefined;
  const { strides, dilations, pad, dimRoundingMode } = attrs;
  const info = backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  return convolutionOf(info, 1);
}

/** A depthwise convolution with tfjs's attributes. */
export function depthwise(
  x: number[],
  filter: number[],
  attrs: {
    strides: number | Pair;
    pad: Conv2DAttrs['pad'];
    dilations?: number | Pair;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  },
): Convolution | undefined {
  const { strides, dilations = 1, pad, dimRoundingMode } = attrs;
  const info = backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
  return convolutionOf(info, Math.max(info.inChannels, 1));
}

/** A convolution with explicit padding. */
export function grouped(
  x: number[],
  filter: number[],
  { strides, pad, dilations, groups = 1 }: GeometryAttrs & { groups?: number },
): Convolution {
  const [n, ih, iw, ic] = x as Shape4D;
  const [kh, kw, icOfGroup, oc] = filter as Shape4D;
  if (icOfGroup * groups !== ic || oc % groups !== 0) {
    throw new Error(`A filter [${filter}] does not fit ${ic} input channels in ${groups} groups.`);
  }
  const [[top, bottom], [left, right]] = pad;
  const oh = Math.floor((ih + top + bottom - dilations[0] * (kh - 1) - 1) / strides[0]) + 1;
  const ow = Math.floor((iw + left + right - dilations[1] * (kw - 1) - 1) / strides[1]) + 1;
  const [[sh, sw], [dh, dw]] = [strides, dilations];
  const shape = numbers('ConvShape', {
    n,
    ih,
    iw,
    ic,
    oh,
    ow,
    oc,
    kh,
    kw,
    sh,
    sw,
    dh,
    dw,
    pt: top,
    pl: left,
    groups,
  });
  return { shape, inShape: x, outShape: [n, oh, ow, oc] };
}

function convolutionOf(info: backend_util.Conv2DInfo, groups: number): Convolution {
  const shape = numbers('ConvShape', {
    n: info.batchSize,
    ih: info.inHeight,
    iw: info.inWidth,
    ic: info.inChannels,
    oh: info.outHeight,
    ow: info.outWidth,
    oc: info.outChannels,
    kh: info.filterHeight,
    kw: info.filterWidth,
    sh: info.strideHeight,
    sw: info.strideWidth,
    dh: info.dilationHeight,
    dw: info.dilationWidth,
    pt: info.padInfo.top,
    pl: info.padInfo.left,
    groups,
  });
  return { shape, inShape: info.inShape, outShape: info.outShape };
}
