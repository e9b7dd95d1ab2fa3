import {
  Conv1d,
  Conv2d,
  constant_,
  kaimingNormal_,
  Linear,
  type Module,
  Parameter,
  SpectralNorm,
} from '@fastts/core';

/**
 * Initializes a convolutional network: weights of convolutions and linear layers by Kaiming's normal distribution, all
 * biases, including those of norms, with zero. The scales of norms are not changed.
 *
 * Source: `init_cnn` of fastai `vision/models/xresnet.py`; He et al. 2015 (https://arxiv.org/abs/1502.01852).
 */
export function initCnn(model: Module): void {
  for (const module of model.modules()) {
    const { bias } = module as { bias?: unknown };
    if (bias instanceof Parameter) constant_(bias, 0);
    if (module instanceof Conv1d || module instanceof Conv2d || module instanceof Linear) {
      kaimingNormal_(module.weight);
    }
    if (module instanceof SpectralNorm) kaimingNormal_(module.weightOrig);
  }
}
