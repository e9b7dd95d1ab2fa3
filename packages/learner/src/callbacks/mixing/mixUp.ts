import { checkNumber, mapTensors, nameOf, rng } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import {
  checkReducible,
  type Loss,
  type LossFunction,
  lossOf,
  perItemLoss,
  reduceLoss,
} from '../../losses/loss.js';

/**
 * Base of callbacks that mix each item of a batch with another one: mixes the loss.
 *
 * Class indices cannot be mixed. With such targets, training uses the mean of the losses against both items'
 * targets, weighted like the items; validation uses the unmodified loss.
 *
 * Source: fastai `callback/mixup.py`, `MixHandler`.
 */
export abstract class MixHandler extends Callback {
  override runValid = false;
  /** The weight of each item itself, `[n]` or one for all; the other item's weight is the rest. */
  protected lam: tf.Tensor | null = null;
  /** The targets of the other items. */
  protected otherTargets: tf.Tensor[] = [];
  /** Whether the loss is mixed, rather than the targets. */
  protected mixesLoss = false;

  private replaced: Loss | LossFunction | null = null;

  /** @param alpha Both shape parameters of the beta distribution of the weights: smaller values mix less. */
  constructor(protected readonly alpha: number) {
    super();
    checkNumber('alpha', alpha, { above: 0 });
  }

  /** @throws LearnerError when the loss cannot return per-item losses, or another callback already mixes it. */
  override beforeTrain(): void {
    // A canceled epoch did not reach afterTrain.
    this.restoreLoss();
    const { cbs, lossFunc } = this.learn;
    const other = cbs.find((callback) => callback instanceof MixHandler && callback.replaced);
    if (other) {
      throw new LearnerError(
        `${nameOf(other)} and ${nameOf(this)} cannot both mix a loss on class indices: use only one of them.`,
      );
    }
    this.mixesLoss = false;
    if (typeof lossFunc === 'function' || !lossFunc.yInt) return;
    this.mixesLoss = true;
    checkReducible(lossFunc, nameOf(this));
    this.replaced = lossFunc;
    const forward = (pred: tf.Tensor, ...targets: tf.Tensor[]) => {
      if (!this.learn.training || !this.lam) return lossOf(lossFunc, pred, targets);
      const other = perItemLoss(lossFunc, pred, this.otherTargets);
      const own = perItemLoss(lossFunc, pred, targets);
      // With a mask, an item has one loss per pixel.
      const byItem = (loss: tf.Tensor) => tf.reshape(loss, [pred.shape[0]!, -1]);
      const mixed = tf.reshape(lerp(byItem(other), byItem(own), this.lam), own.shape);
      return reduceLoss(mixed, lossFunc.reduction);
    };
    const { yInt, axis, ignoreIndex } = lossFunc;
    // For metrics of the training set.
    const activation = lossFunc.activation?.bind(lossFunc);
    this.learn.lossFunc = { forward, yInt, axis, ignoreIndex, activation };
  }

  override afterTrain(): void {
    this.restoreLoss();
  }

  /**
   * Applies `blend` to each target.
   *
   * @throws LearnerError for integer targets, such as class indices, which cannot be interpolated.
   */
  protected blendTargets(blend: (target: tf.Tensor, place: number) => tf.Tensor): void {
    const { learn } = this;
    const whole = learn.targets.find(({ dtype }) => dtype !== 'float32');
    if (whole) {
      throw new LearnerError(
        `${nameOf(this)} cannot blend targets of type ${whole.dtype}: for class indices, use a lossFunc with yInt: true, such as new CrossEntropyLossFlat(); otherwise use float32 targets.`,
      );
    }
    let place = 0;
    learn.y = mapTensors(learn.y, (target) => tf.tidy(() => blend(target, place++)));
  }

  override cleanUp(): void {
    this.restoreLoss();
  }

  private restoreLoss(): void {
    if (this.replaced) this.learn.lossFunc = this.replaced;
    this.replaced = null;
    this.lam = null;
    this.otherTargets = [];
  }
}

/**
 * Mixup: trains on weighted averages of pairs of items, with the loss averaged likewise.
 *
 * Before each training batch, every item gets a partner and a weight λ ≥ 0.5 from Beta(α, α):
 * `x = λ·x + (1 − λ)·x'`. It regularizes strongly, and needs many epochs (the book: more than 80) to beat training
 * without it; the training loss is then not comparable with the validation loss.
 *
 * Source: Zhang et al. 2018, https://arxiv.org/abs/1710.09412; fastai `callback/mixup.py`, `MixUp`.
 *
 * @example
 * new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat(), cbs: new MixUpCB() });
 */
export class MixUpCB extends MixHandler {
  static override readonly name: string = 'MixUpCB';

  /** @param alpha Both shape parameters of the beta distribution (default 0.4). */
  constructor(alpha = 0.4) {
    super(alpha);
  }

  override beforeBatch(): void {
    const { learn } = this;
    const n = learn.targets[0]!.shape[0]!;
    const random = rng();
    const shares = Float32Array.from({ length: n }, () => {
      const share = random.beta(this.alpha, this.alpha);
      return Math.max(share, 1 - share);
    });
    this.mix(shares, random.permutation(n));
  }

  /** Blends item `i` with item `partners[i]`, whose weight is `1 − shares[i]`. */
  mix(shares: Float32Array, partners: Int32Array): void {
    const { learn } = this;
    const lam = learn.untilBatchEnds(tf.tensor1d(shares));
    const order = learn.untilBatchEnds(tf.tensor1d(partners, 'int32'));
    const blend = (tensor: tf.Tensor) => tf.tidy(() => lerp(tf.gather(tensor, order), tensor, lam));
    learn.x = mapTensors(learn.x, blend);
    if (this.mixesLoss) {
      this.lam = lam;
      this.otherTargets = learn.untilBatchEnds(learn.targets.map((target) => tf.gather(target, order)));
    } else {
      this.blendTargets(blend);
    }
  }
}

/** Interpolates from `a` to `b` by `weight`, one per item or one for all. */
export function lerp(a: tf.Tensor, b: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const perItem = weight.rank === 1 ? tf.reshape(weight, [-1, ...Array<number>(b.rank - 1).fill(1)]) : weight;
  return tf.add(a, tf.mul(perItem, tf.sub(b, a)));
}
