import { rng } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { lerp, MixHandler } from './mixUp.js';

/** A region of images, in pixels: from `x1` and `y1` inclusive to `x2` and `y2` exclusive. */
export interface CutBox {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

/**
 * CutMix: trains on images into which a box of another image is pasted, with the loss weighted by area.
 *
 * Before each training batch, one weight λ is drawn from Beta(α, α), and a box with area fraction 1 − λ, centered
 * anywhere and clipped at the border. In every image the box shows its partner's pixels; λ becomes the fraction of the
 * area that remains. Unlike mixup's blends, the images stay natural inside and outside the box.
 *
 * Source: Yun et al. 2019, https://arxiv.org/abs/1905.04899; fastai `callback/mixup.py`, `CutMix`.
 *
 * @example
 * new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat(), cbs: new CutMixCB() });
 */
export class CutMixCB extends MixHandler {
  static override readonly name: string = 'CutMixCB';

  /** @param alpha Both shape parameters of the beta distribution (default 1: uniform). */
  constructor(alpha = 1) {
    super(alpha);
  }

  /** @throws LearnerError when the input is not one tensor of images `[n, height, width, channels]`. */
  override beforeBatch(): void {
    const [n, height, width] = this.pictures().shape;
    const random = rng();
    const share = random.beta(this.alpha, this.alpha);
    const partners = random.permutation(n);
    this.mix(this.randBbox(width, height, share, random), partners);
  }

  /**
   * A box with area fraction `1 − share`, centered anywhere and clipped to the image.
   *
   * @param random Source of the center's two integers, x first (default: the library's stream).
   */
  randBbox(width: number, height: number, share: number, random: { int(n: number): number } = rng()): CutBox {
    const side = Math.sqrt(1 - share);
    const [x1, x2] = around(random.int(width), Math.round(width * side), width);
    const [y1, y2] = around(random.int(height), Math.round(height * side), height);
    return { x1, y1, x2, y2 };
  }

  /** Pastes the box of item `partners[i]` into item `i`. */
  mix({ x1, y1, x2, y2 }: CutBox, partners: Int32Array): void {
    const { learn } = this;
    const pictures = this.pictures();
    const [, height, width] = pictures.shape;
    const order = learn.untilBatchEnds(tf.tensor1d(partners, 'int32'));
    const lam = learn.untilBatchEnds(tf.scalar(1 - ((x2 - x1) * (y2 - y1)) / (width * height)));
    const others = learn.untilBatchEnds(learn.targets.map((target) => tf.gather(target, order)));
    if (x1 < x2 && y1 < y2) {
      learn.x = tf.tidy(() => {
        const row = part(pictures, 1, y1, y2);
        const box = tf.gather(part(row, 2, x1, x2), order);
        const mixed = [...parts(row, 2, 0, x1), box, ...parts(row, 2, x2, width)];
        const rows = [...parts(pictures, 1, 0, y1), tf.concat4d(mixed, 2), ...parts(pictures, 1, y2, height)];
        return tf.concat4d(rows, 1);
      });
    }
    if (this.mixesLoss) {
      this.lam = lam;
      this.otherTargets = others;
    } else {
      this.blendTargets((target, place) => lerp(others[place]!, target, lam));
    }
  }

  private pictures(): tf.Tensor4D {
    const { inputs } = this.learn;
    if (inputs.length !== 1 || inputs[0]!.rank !== 4) {
      throw new LearnerError(
        `CutMixCB requires images [n, height, width, channels] as the only input, got ${inputs.map(({ shape }) => `[${shape}]`).join(' and ')}.`,
      );
    }
    return inputs[0] as tf.Tensor4D;
  }
}

/** Start and end of a side of `length` centered at `center`, clipped to 0 and `limit`. */
function around(center: number, length: number, limit: number): [from: number, to: number] {
  const half = Math.floor(length / 2);
  return [Math.max(0, center - half), Math.min(limit, center + half)];
}

/** The rows (axis 1) or columns (axis 2) of images from `from` to before `to`. */
function part(pictures: tf.Tensor4D, axis: 1 | 2, from: number, to: number): tf.Tensor4D {
  const size = to - from;
  return axis === 1
    ? tf.slice(pictures, [0, from], [-1, size])
    : tf.slice(pictures, [0, 0, from], [-1, -1, size]);
}

/** Like `part`; nothing if that is empty. */
function parts(pictures: tf.Tensor4D, axis: 1 | 2, from: number, to: number): tf.Tensor4D[] {
  return from < to ? [part(pictures, axis, from, to)] : [];
}
