import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '../functional/withoutGradient.js';
import { drawn, normal } from '../modules/init.js';
import { type Initial, ModuleBuffer, type Parameter, toFileLayout } from '../modules/parameter.js';
import { registered } from '../registry/registry.js';
import { ComputedWeight, type Convolution } from './computedWeight.js';

/** Avoids division by zero for a vector of zeros. */
const EPSILON = 1e-12;

/**
 * A convolution whose weight is `weightOrig / σ`, where σ is its largest singular value, estimated by one step of
 * power iteration in each training pass.
 *
 * PyTorch's `torch.nn.utils.spectral_norm`. The vectors `weightU` and `weightV` are in PyTorch's order.
 *
 * Source: Miyato et al. 2018 (https://arxiv.org/abs/1802.05957).
 *
 * @example
 * new SpectralNorm(new Conv2d(3, 8, 3));
 */
@registered('SpectralNorm')
export class SpectralNorm extends ComputedWeight {
  readonly weightOrig: Parameter;
  readonly weightU: ModuleBuffer;
  readonly weightV: ModuleBuffer;

  constructor(convolution: Convolution) {
    super(convolution);
    this.weightOrig = convolution.weight;
    const { shape, size } = this.weightOrig;
    const rows = shape.at(this.isTransposed ? -2 : -1)!;
    this.weightU = new ModuleBuffer(randomUnit(rows));
    this.weightV = new ModuleBuffer(randomUnit(size / rows));
  }

  protected computed(): tf.Tensor {
    const matrix = this.matrix();
    const [u, v] = this.training ? this.step(matrix) : [this.weightU.value, this.weightV.value];
    const sigma = tf.sum(tf.mul(u, times(matrix, v)));
    return tf.div(this.weightOrig.value, sigma);
  }

  /** One step of power iteration; no gradient flows through it. */
  private step(matrix: tf.Tensor2D): [u: tf.Tensor, v: tf.Tensor] {
    const v = withoutGradient(() => unit(times(tf.transpose(matrix), this.weightU.value)));
    const u = withoutGradient(() => unit(times(matrix, v)));
    this.weightV.value.assign(v);
    this.weightU.value.assign(u);
    return [u, v];
  }

  /** The weight as a matrix with output channels as rows, as in PyTorch. */
  private matrix(): tf.Tensor2D {
    const { value, layout } = this.weightOrig;
    const weight = toFileLayout(value, layout);
    const rowsFirst = this.isTransposed ? tf.transpose(weight, [1, 0, 2, 3]) : weight;
    return tf.reshape(rowsFirst, [rowsFirst.shape[0]!, -1]);
  }
}

function times(matrix: tf.Tensor2D, vector: tf.Tensor): tf.Tensor1D {
  return tf.reshape(tf.matMul(matrix, tf.reshape<tf.Rank.R2>(vector, [-1, 1])), [-1]);
}

function randomUnit(size: number): Initial {
  return drawn([size], (own) => unit(normal([size], 0, 1, own)));
}

function unit(vector: tf.Tensor): tf.Tensor {
  return tf.div(vector, tf.maximum(tf.norm(vector), EPSILON));
}
