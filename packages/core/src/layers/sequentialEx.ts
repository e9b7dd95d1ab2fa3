import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../modules/module.js';
import { applyInTurn, Sequential } from '../modules/sequential.js';
import { registered } from '../registry/registry.js';

/** A layer that a {@link SequentialEx} gives its own input too, beside what comes from the layer before. */
export abstract class ShortcutLayer extends Module {
  abstract override forward(x: tf.Tensor, orig: tf.Tensor): tf.Tensor;
}

/**
 * Modules applied one after the other, of which a {@link ShortcutLayer} can take the input of the whole up again.
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
 * Adds a {@link SequentialEx}'s input, or puts it beside what there is as further channels.
 *
 * Source: fastai `layers.py`.
 */
@registered('MergeLayer')
export class MergeLayer extends ShortcutLayer {
  /** @param dense Put side by side instead of adding (default false). */
  constructor(readonly dense = false) {
    super();
  }

  forward(x: tf.Tensor, orig: tf.Tensor): tf.Tensor {
    return this.dense ? tf.concat([x, orig], -1) : tf.add(x, orig);
  }
}

/** Multiplies by a {@link SequentialEx}'s input. Source: fastai `layers.py`. */
@registered('ProdLayer')
export class ProdLayer extends ShortcutLayer {
  forward(x: tf.Tensor, orig: tf.Tensor): tf.Tensor {
    return tf.mul(x, orig);
  }
}

/**
 * What several modules give for the same input, side by side as channels.
 *
 * Source: fastai `layers.py`.
 */
@registered('Cat', (cat: Cat) => [...cat])
export class Cat extends Sequential {
  override forward(x: tf.Tensor): tf.Tensor {
    return tf.concat(
      [...this].map((layer) => layer.forward(x)),
      -1,
    );
  }
}
