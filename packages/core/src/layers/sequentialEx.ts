import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../modules/module.js';
import { applyInTurn, Sequential } from '../modules/sequential.js';
import { buildBudget } from '../registry/buildBudget.js';
import { registered } from '../registry/registry.js';

/** A layer that also receives the input of the {@link SequentialEx} it is in, beside the previous layer's output. */
export abstract class ShortcutLayer extends Module {
  abstract override forward(x: tf.Tensor, orig: tf.Tensor): tf.Tensor;
}

/**
 * Modules applied in sequence, in which a {@link ShortcutLayer} also receives the input of the whole.
 *
 * Source: fastai `layers.py`; names of parameters begin with `layers.`.
 *
 * @example
 * const residual = new SequentialEx(new ConvLayer(16, 16), new ConvLayer(16, 16), new MergeLayer());
 */
@registered('SequentialEx', ({ layers }: SequentialEx) => [...layers])
export class SequentialEx extends Module {
  readonly layers: Sequential;

  constructor(...layers: Module[]) {
    super();
    this.layers = new Sequential(...layers);
  }

  forward(input: tf.Tensor): tf.Tensor {
    return applyInTurn(this.layers, input, (layer, x) =>
      layer instanceof ShortcutLayer ? layer.forward(x, input) : layer.forward(x),
    );
  }
}

/**
 * Adds the input of the {@link SequentialEx}, or concatenates it along channels.
 *
 * Source: fastai `layers.py`.
 */
@registered('MergeLayer')
export class MergeLayer extends ShortcutLayer {
  /** @param dense Whether to concatenate instead of adding (default false). */
  constructor(readonly dense = false) {
    super();
  }

  forward(x: tf.Tensor, orig: tf.Tensor): tf.Tensor {
    buildBudget()?.output(this.dense ? joined([x, orig]) : broadcast(x, orig));
    return this.dense ? tf.concat([x, orig], -1) : tf.add(x, orig);
  }
}

/** Multiplies by the input of the {@link SequentialEx}. Source: fastai `layers.py`. */
@registered('ProdLayer')
export class ProdLayer extends ShortcutLayer {
  forward(x: tf.Tensor, orig: tf.Tensor): tf.Tensor {
    buildBudget()?.output(broadcast(x, orig));
    return tf.mul(x, orig);
  }
}

/**
 * The outputs of several modules for the same input, concatenated along channels.
 *
 * Source: fastai `layers.py`.
 */
@registered('Cat', (cat: Cat) => [...cat])
export class Cat extends Sequential {
  override forward(x: tf.Tensor): tf.Tensor {
    const outputs = [...this].map((layer) => layer.forward(x));
    buildBudget()?.output(joined(outputs));
    return tf.concat(outputs, -1);
  }
}

/** The shape of tensors concatenated along channels. */
function joined(tensors: readonly tf.Tensor[]): number[] {
  const channels = tensors.reduce((sum, { shape }) => sum + (shape.at(-1) ?? 0), 0);
  return [...(tensors[0]?.shape.slice(0, -1) ?? []), channels];
}

function broadcast(a: tf.Tensor, b: tf.Tensor): number[] {
  return tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
}
