import { named } from '@fastts/core';
import { SEBlock, SEResNeXtBlock } from './layers/resBlock.js';
import { type Block, XResNet, type XResNetOptions } from './xresnet.js';

/** Options of the functions here, without those that define the network. */
export type XResNeXtOptions = Omit<XResNetOptions, 'groups' | 'reduction'>;

const BLOCKS_18 = [2, 2, 2, 2];
const BLOCKS_34 = [3, 4, 6, 3];
const BLOCKS_101 = [3, 4, 23, 3];
const BLOCKS_152 = [3, 8, 36, 3];

function maker(block: Block, settings: XResNetOptions) {
  return (expansion: number, layers: readonly number[], options?: XResNeXtOptions) =>
    new XResNet(block, expansion, layers, { ...options, ...settings });
}

const seResnet = maker(SEBlock, { groups: 1, reduction: 16 });
const seResnext = maker(SEResNeXtBlock, { groups: 32, reduction: 16 });
const resnext = maker(SEResNeXtBlock, { groups: 32, reduction: 0 });

/** {@link XResNet} of 18 layers with squeeze and excitation ({@link SEBlock}). */
export function xseResnet18(options?: XResNeXtOptions): XResNet {
  return seResnet(1, BLOCKS_18, options);
}
named('xseResnet18')(xseResnet18);

/** {@link XResNet} of 34 layers with squeeze and excitation ({@link SEBlock}). */
export function xseResnet34(options?: XResNeXtOptions): XResNet {
  return seResnet(1, BLOCKS_34, options);
}
named('xseResnet34')(xseResnet34);

/** {@link XResNet} of 50 layers with squeeze and excitation ({@link SEBlock}). */
export function xseResnet50(options?: XResNeXtOptions): XResNet {
  return seResnet(4, BLOCKS_34, options);
}
named('xseResnet50')(xseResnet50);

/** {@link XResNet} of 101 layers with squeeze and excitation ({@link SEBlock}). */
export function xseResnet101(options?: XResNeXtOptions): XResNet {
  return seResnet(4, BLOCKS_101, options);
}
named('xseResnet101')(xseResnet101);

/** {@link XResNet} of 152 layers with squeeze and excitation ({@link SEBlock}). */
export function xseResnet152(options?: XResNeXtOptions): XResNet {
  return seResnet(4, BLOCKS_152, options);
}
named('xseResnet152')(xseResnet152);

/**
 * {@link XResNet} of 154 layers with squeeze and excitation and 64 groups ({@link SEBlock}), and dropout of 0.2.
 *
 * Source: fastai `vision/models/xresnet.py`, where an argument is missing, so that it cannot be called.
 */
export function xsenet154(options?: XResNeXtOptions): XResNet {
  return new XResNet(SEBlock, 4, BLOCKS_152, { p: 0.2, ...options, groups: 64, reduction: 16 });
}
named('xsenet154')(xsenet154);

/** {@link XResNet} of 18 layers with 32 groups ({@link SEResNeXtBlock}), without squeeze and excitation. */
export function xresnext18(options?: XResNeXtOptions): XResNet {
  return resnext(1, BLOCKS_18, options);
}
named('xresnext18')(xresnext18);

/** {@link XResNet} of 34 layers with 32 groups ({@link SEResNeXtBlock}), without squeeze and excitation. */
export function xresnext34(options?: XResNeXtOptions): XResNet {
  return resnext(1, BLOCKS_34, options);
}
named('xresnext34')(xresnext34);

/** {@link XResNet} of 50 layers with 32 groups ({@link SEResNeXtBlock}), without squeeze and excitation. */
export function xresnext50(options?: XResNeXtOptions): XResNet {
  return resnext(4, BLOCKS_34, options);
}
named('xresnext50')(xresnext50);

/** {@link XResNet} of 101 layers with 32 groups ({@link SEResNeXtBlock}), without squeeze and excitation. */
export function xresnext101(options?: XResNeXtOptions): XResNet {
  return resnext(4, BLOCKS_101, options);
}
named('xresnext101')(xresnext101);

/** {@link XResNet} of 18 layers with 32 groups and squeeze and excitation ({@link SEResNeXtBlock}). */
export function xseResnext18(options?: XResNeXtOptions): XResNet {
  return seResnext(1, BLOCKS_18, options);
}
named('xseResnext18')(xseResnext18);

/** {@link XResNet} of 34 layers with 32 groups and squeeze and excitation ({@link SEResNeXtBlock}). */
export function xseResnext34(options?: XResNeXtOptions): XResNet {
  return seResnext(1, BLOCKS_34, options);
}
named('xseResnext34')(xseResnext34);

/** {@link XResNet} of 50 layers with 32 groups and squeeze and excitation ({@link SEResNeXtBlock}). */
export function xseResnext50(options?: XResNeXtOptions): XResNet {
  return seResnext(4, BLOCKS_34, options);
}
named('xseResnext50')(xseResnext50);

/** {@link XResNet} of 101 layers with 32 groups and squeeze and excitation ({@link SEResNeXtBlock}). */
export function xseResnext101(options?: XResNeXtOptions): XResNet {
  return seResnext(4, BLOCKS_101, options);
}
named('xseResnext101')(xseResnext101);

/** {@link xseResnext18} with two more stages. */
export function xseResnext18Deep(options?: XResNeXtOptions): XResNet {
  return seResnext(1, [...BLOCKS_18, 1, 1], options);
}
named('xseResnext18Deep')(xseResnext18Deep);

/** {@link xseResnext34} with two more stages. */
export function xseResnext34Deep(options?: XResNeXtOptions): XResNet {
  return seResnext(1, [...BLOCKS_34, 1, 1], options);
}
named('xseResnext34Deep')(xseResnext34Deep);

/** {@link xseResnext50} with two more stages. */
export function xseResnext50Deep(options?: XResNeXtOptions): XResNet {
  return seResnext(4, [...BLOCKS_34, 1, 1], options);
}
named('xseResnext50Deep')(xseResnext50Deep);

/** {@link xseResnext18} with four more stages of one block each. */
export function xseResnext18Deeper(options?: XResNeXtOptions): XResNet {
  return seResnext(1, [2, 2, 1, 1, 1, 1, 1, 1], options);
}
named('xseResnext18Deeper')(xseResnext18Deeper);

/** {@link xseResnext34} with four more stages. */
export function xseResnext34Deeper(options?: XResNeXtOptions): XResNet {
  return seResnext(1, [3, 4, 4, 2, 2, 1, 1, 1], options);
}
named('xseResnext34Deeper')(xseResnext34Deeper);

/** {@link xseResnext50} with four more stages. */
export function xseResnext50Deeper(options?: XResNeXtOptions): XResNet {
  return seResnext(4, [3, 4, 4, 2, 2, 1, 1, 1], options);
}
named('xseResnext50Deeper')(xseResnext50Deeper);
