import * as tf from '@tensorflow/tfjs-core';
import { gelu, mish, sigmoidRange, silu } from '../functional/activations/activations.js';
import { relu } from '../functional/activations/relu.js';
import { Module } from '../modules/module.js';
import { registered } from '../registry/registry.js';

/** `x` where positive, else `eˣ − 1`; PyTorch's `nn.ELU` with its default alpha. */
@registered('ELU')
export class ELU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.elu(x);
  }
}

/** `x · Φ(x)`; PyTorch's `nn.GELU`. See {@link gelu}. */
@registered('GELU')
export class GELU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return gelu(x);
  }
}

/** `x` where positive, else `negativeSlope · x`; PyTorch's `nn.LeakyReLU`. */
@registered('LeakyReLU')
export class LeakyReLU extends Module {
  /** @param negativeSlope Default 0.01. */
  constructor(readonly negativeSlope = 0.01) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return tf.leakyRelu(x, this.negativeSlope);
  }
}

/** `x · tanh(softplus(x))`; fastai's `Mish`, PyTorch's `nn.Mish`. See {@link mish}. */
@registered('Mish')
export class Mish extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return mish(x);
  }
}

/** `max(x, 0)`; PyTorch's `nn.ReLU`. */
@registered('ReLU')
export class ReLU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return relu(x);
  }
}

/** `min(max(x, 0), 6)`; PyTorch's `nn.ReLU6`. */
@registered('ReLU6')
export class ReLU6 extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.relu6(x);
  }
}

/** The scaled exponential linear unit of Klambauer et al. 2017; PyTorch's `nn.SELU`. */
@registered('SELU')
export class SELU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.selu(x);
  }
}

/** `1 / (1 + e⁻ˣ)`; PyTorch's `nn.Sigmoid`. */
@registered('Sigmoid')
export class Sigmoid extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.sigmoid(x);
  }
}

/** A sigmoid scaled to the range from `low` to `high`; fastai's `SigmoidRange`. */
@registered('SigmoidRange')
export class SigmoidRange extends Module {
  constructor(
    readonly low: number,
    readonly high: number,
  ) {
    super();
  }

  forward(x: tf.Tensor): tf.Tensor {
    return sigmoidRange(x, this.low, this.high);
  }
}

/** `x · sigmoid(x)`; PyTorch's `nn.SiLU`, fastai's `Swish`. See {@link silu}. */
@registered('SiLU')
export class SiLU extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return silu(x);
  }
}

/** The hyperbolic tangent; PyTorch's `nn.Tanh`. */
@registered('Tanh')
export class Tanh extends Module {
  forward(x: tf.Tensor): tf.Tensor {
    return tf.tanh(x);
  }
}
