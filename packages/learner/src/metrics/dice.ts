import { ShapeError } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import { argMaxOver } from '../losses/classLoss.js';
import type { ClassAxis } from './classification/accuracy.js';
import { Metric } from './metric.js';

/** Areas of masks per class over a pass: the overlap of prediction and target, and the sum of both. */
interface Areas {
  overlap: number[];
  sum: number[];
}

/** A metric of the overlap of predicted and true masks, from areas accumulated over the whole pass. */
abstract class OverlapMetric extends Metric {
  private readonly axis: number;
  private pending: tf.Tensor[] = [];
  private areas: Areas = { overlap: [], sum: [] };

  constructor({ axis = -1 }: ClassAxis = {}) {
    super();
    this.axis = axis;
  }

  override dispose(): void {
    tf.dispose(this.pending);
    this.pending = [];
  }

  override reset(): void {
    this.dispose();
    this.areas = { overlap: [], sum: [] };
  }

  override accumulate(learn: AnyLearner): void {
    const { pred } = learn;
    const counts = tf.tidy(() => {
      const chosen = tf.reshape(argMaxOver(pred, this.axis), [-1]);
      const targ = tf.cast(tf.reshape(learn.targets[0]!, [-1]), 'int32');
      if (targ.size !== chosen.size) {
        throw new ShapeError(
          `${this.name} has predictions for ${chosen.size} pixels but ${targ.size} targets: it needs one target per pixel.`,
        );
      }
      return tf.stack(this.count(chosen, targ, pred.shape.at(this.axis)!));
    });
    this.pending.push(tf.keep(counts));
  }

  override async value(): Promise<number | null> {
    await this.read();
    return this.score(this.areas);
  }

  override async stateDict(): Promise<Areas> {
    await this.read();
    return this.areas;
  }

  override loadStateDict(areas: Areas): void {
    this.reset();
    this.areas = areas;
  }

  /** Adds the batches that were not read from the engine. */
  private async read(): Promise<void> {
    const taken = this.pending;
    this.pending = [];
    for (const counts of taken) {
      const [overlap, sum] = (await counts.array()) as [number[], number[]];
      counts.dispose();
      this.areas = { overlap: added(this.areas.overlap, overlap), sum: added(this.areas.sum, sum) };
    }
  }

  /** Overlap and sum, per class `[classes]` or of the foreground `[1]`. */
  protected abstract count(pred: tf.Tensor, targ: tf.Tensor, classes: number): [tf.Tensor, tf.Tensor];

  protected abstract score(areas: Areas): number | null;
}

/** For two classes: the overlap of the foreground. */
abstract class ForegroundOverlap extends OverlapMetric {
  protected override count(pred: tf.Tensor, targ: tf.Tensor, classes: number): [tf.Tensor, tf.Tensor] {
    if (classes !== 2) {
      throw new ShapeError(
        `${this.name} is for two classes, but the predictions have ${classes}: use DiceMulti or JaccardCoeffMulti, or set axis.`,
      );
    }
    // Other class indices, such as that of ignored pixels, are not foreground.
    const { overlap, sum } = overlapOf(pred, targ, 1);
    return [tf.reshape(overlap, [1]), tf.reshape(sum, [1])];
  }
}

/** For several classes: the overlap of each class, including the background. */
abstract class ClassOverlap extends OverlapMetric {
  protected override count(pred: tf.Tensor, targ: tf.Tensor, classes: number): [tf.Tensor, tf.Tensor] {
    // One class at a time: all at once would take as much memory as the predictions.
    const counts = Array.from({ length: classes }, (_, c) =>
      tf.tidy(() => {
        const { overlap, sum } = overlapOf(pred, targ, c);
        return tf.stack([overlap, sum]);
      }),
    );
    const [overlap, sum] = tf.unstack(tf.stack(counts, 1));
    return [overlap!, sum!];
  }
}

/** The areas of one class: the overlap of prediction and target, and the sum of both. */
function overlapOf(pred: tf.Tensor, targ: tf.Tensor, c: number): { overlap: tf.Tensor; sum: tf.Tensor } {
  const [p, t] = [tf.cast(tf.equal(pred, c), 'float32'), tf.cast(tf.equal(targ, c), 'float32')];
  return { overlap: tf.sum(tf.mul(p, t)), sum: tf.add(tf.sum(p), tf.sum(t)) };
}

/**
 * The Dice coefficient of predicted and true foreground, for masks of two classes: twice the overlap divided by the sum of
 * both areas.
 *
 * Predictions are `[n, height, width, 2]`, targets `[n, height, width]`. Pixels of other class indices, such
 * as ignored ones, are not foreground. The value is `null` if there is no foreground.
 *
 * @throws ShapeError when the predictions do not have two classes.
 *
 * Source: fastai `metrics.py`, `Dice`.
 */
export class Dice extends ForegroundOverlap {
  override readonly name: string = 'dice';

  protected override score({ overlap: [overlap], sum: [sum] }: Areas): number | null {
    return sum ? (2 * overlap!) / sum : null;
  }
}

/**
 * The intersection over union of predicted and true foreground, for masks of two classes.
 *
 * Predictions are `[n, height, width, 2]`, targets `[n, height, width]`. Pixels of other class indices, such
 * as ignored ones, are not foreground. The value is `null` if there is no foreground.
 *
 * @throws ShapeError when the predictions do not have two classes.
 *
 * Source: fastai `metrics.py`, `JaccardCoeff`.
 */
export class JaccardCoeff extends ForegroundOverlap {
  override readonly name: string = 'jaccardCoeff';

  protected override score({ overlap: [overlap], sum: [sum] }: Areas): number | null {
    return sum ? overlap! / (sum - overlap!) : null;
  }
}

/**
 * The mean Dice coefficient over the classes; absent classes are ignored.
 *
 * Predictions are `[n, height, width, classes]`, targets `[n, height, width]`.
 *
 * Source: fastai `metrics.py`, `DiceMulti`.
 */
export class DiceMulti extends ClassOverlap {
  override readonly name: string = 'diceMulti';

  protected override score({ overlap, sum }: Areas): number | null {
    return meanOfPresent(overlap.map((both, c) => (2 * both) / sum[c]!));
  }
}

/**
 * The mean intersection over union (mIoU) over the classes; absent classes are ignored.
 *
 * Predictions are `[n, height, width, classes]`, targets `[n, height, width]`.
 *
 * Source: fastai `metrics.py`, `JaccardCoeffMulti`.
 */
export class JaccardCoeffMulti extends ClassOverlap {
  override readonly name: string = 'jaccardCoeffMulti';

  protected override score({ overlap, sum }: Areas): number | null {
    return meanOfPresent(overlap.map((both, c) => both / (sum[c]! - both)));
  }
}

function added(a: readonly number[], b: readonly number[]): number[] {
  return b.map((value, i) => value + (a[i] ?? 0));
}

function meanOfPresent(scores: readonly number[]): number | null {
  const present = scores.filter((score) => !Number.isNaN(score));
  return present.length > 0 ? present.reduce((sum, score) => sum + score, 0) / present.length : null;
}
