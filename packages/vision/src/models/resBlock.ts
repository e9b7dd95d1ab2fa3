import { AvgPool2d, addRelu, isPlain, Module, ReLU, registered, Sequential } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';
import { ConvLayer, defaultActivation } from './convLayer.js';

/** Options of {@link ResBlock}. */
export interface ResBlockOptions {
  /** Halves the size when 2 (default 1). */
  stride?: number;
  /** Side of the wide convolutions' kernels (default 3). */
  kernelSize?: number;
  /** Makes its activations (default ReLU). */
  activation?: () => Module;
}

/**
 * A residual block: two convolutions, or, where `expansion` is above 1, three of which the outer ones are
 * 1×1, beside the identity (pooled and projected where the shape changes); the two are added.
 *
 * The pooling before the projection, which loses nothing, is ResNet-D's (He et al. 2018,
 * https://arxiv.org/abs/1812.01187). The last norm begins at zero, so that the block begins as the identity.
 *
 * Shapes: `[n, height, width, channelsIn · expansion]` to
 * `[n, ⌈height / stride⌉, ⌈width / stride⌉, channelsOut · expansion]`.
 *
 * Source: fastai `layers.py`.
 */
@registered('ResBlock')
export class ResBlock extends Module {
  readonly convpath: Sequential;
  readonly idpath: Sequential;
  readonly act: Module;

  constructor(
    expansion: number,
    channelsIn: number,
    channelsOut: number,
    { stride = 1, kernelSize = 3, activation = defaultActivation }: ResBlockOptions = {},
  ) {
    super();
    const from = channelsIn * expansion;
    const to = channelsOut * expansion;
    const last = { norm: 'batchZero', activation: null } as const;
    this.convpath =
      expansion === 1
        ? new Sequential(
            new ConvLayer(from, channelsOut, { kernelSize, stride, activation }),
            new ConvLayer(channelsOut, to, { kernelSize, ...last }),
          )
        : new Sequential(
            new ConvLayer(from, channelsOut, { kernelSize: 1, activation }),
            new ConvLayer(channelsOut, channelsOut, { kernelSize, stride, activation }),
            new ConvLayer(channelsOut, to, { kernelSize: 1, ...last }),
          );
    this.idpath = new Sequential();
    if (stride !== 1) this.idpath.append(new AvgPool2d(stride, { ceilMode: true }));
    if (from !== to) this.idpath.append(new ConvLayer(from, to, { kernelSize: 1, activation: null }));
    this.act = activation();
  }

  forward(x: tf.Tensor): tf.Tensor {
    const identity = this.idpath.forward(x);
    if (!isPlain(this.act, ReLU)) return this.act.forward(tf.add(this.convpath.forward(x), identity));
    const last = this.convpath.at(-1);
    if (!isPlain(this.convpath, Sequential) || !isPlain(last, ConvLayer)) {
      return addRelu(this.convpath.forward(x), identity);
    }
    return last.addRelu(this.convpath.slice(0, -1).forward(x), identity);
  }
}
