import { log, type ModuleBuffer, readsAtOnce } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { Callback } from '../../loop/callback.js';
import { CancelFit } from '../../loop/cancel.js';
import {
  type BatchValues,
  type Cause,
  causeOf,
  currentPlace,
  describePlace,
  itemNames,
  listItems,
} from '../../numbers/batchPlace.js';
import { BufferSnapshot } from '../../numbers/bufferSnapshot.js';
import { firstNonFinite } from '../../numbers/finite.js';
import { type FoundLoss, LossWatch } from '../../numbers/lossWatch.js';

/** Why {@link TerminateOnNaNCallback} stopped a fit. */
export interface NonFiniteLoss {
  epoch: number;
  /** The number of the batch in the epoch, from 1. */
  batch: number;
  /** The loss: NaN or infinite, unless only a gradient is. */
  loss: number;
  /** The learning rate of the last parameter group at that batch. */
  lr: number;
  /** The names of the batch's items, such as paths; empty if the source of batches does not provide them. */
  items: string[];
  /** The message that was logged, with the cause as far as it is known, and advice. */
  message: string;
}

/**
 * Stops a fit at the batch whose loss, or gradient, is NaN or infinite, from which training cannot recover, and logs the
 * batch, its items, its learning rate, the probable cause and what to do. It is one of a learner's default callbacks.
 *
 * On `native`, `wasm` and `cpu`, the loss is read before the optimizer steps: the model keeps its weights and its running
 * statistics from before the batch. The gradient checked there is that of the first parameter, which a NaN in any later layer
 * reaches. On devices (`webgpu`, `tensorflow`) nothing waits for the loss: it is read two batches later, and the weights may
 * have become NaN by then, which the message says.
 *
 * Validation losses that are not finite are logged once per fit, and do not stop it.
 *
 * Source: fastai `callback/tracker.py`, `TerminateOnNaNCallback`, which is not a default there and logs nothing.
 *
 * @example
 * learn.removeCbs(TerminateOnNaNCallback); // to train on whatever the loss is
 */
export class TerminateOnNaNCallback extends Callback {
  static override readonly name: string = 'TerminateOnNaNCallback';
  // Before callbacks that change the batch or its gradients.
  override order = -9;
  override fitOnly = true;
  override removeOnFetch = true;
  /** Why the last fit was stopped; `null` if it was not. */
  stopped: NonFiniteLoss | null = null;

  private readonly losses = new LossWatch();
  private readonly validLosses = new LossWatch();
  private buffers: readonly ModuleBuffer[] = [];
  private before: BufferSnapshot | null = null;
  /** The batch as it was before other callbacks changed it. */
  private given: readonly [x: unknown, y: unknown] | null = null;
  private validCause: Cause | null = null;
  private hasReportedValid = false;

  override beforeFit(): void {
    this.stopped = null;
    this.hasReportedValid = false;
    this.buffers = this.learn.model.namedBuffers().map(([, buffer]) => buffer);
  }

  override beforeBatch(): void {
    const { learn } = this;
    this.given = learn.batch;
    this.forgetBuffers();
    // A loss that is read later cannot undo anything.
    if (learn.training && readsAtOnce()) this.before = new BufferSnapshot(this.buffers);
  }

  /** @throws CancelFit when the loss or the gradient is not finite. */
  override async beforeStep(): Promise<void> {
    const { learn, losses } = this;
    // Without a gradient, as after CancelBackward, there is no step.
    if (!learn.hasLoss || learn.grads.size === 0) return;
    const place = currentPlace(learn);
    losses.add(learn.lossGrad, place);
    await this.report();
    const gradient = this.stopped || !readsAtOnce() ? null : this.brokenGradient();
    if (gradient) {
      const [loss] = learn.lossGrad.dataSync();
      await this.reportStop(
        { place, loss: loss! },
        `is ${loss}, but its gradient for ${gradient} is not finite`,
      );
    }
    if (this.stopped) throw new CancelFit();
  }

  override async afterBatch(): Promise<void> {
    this.forgetBuffers();
    const { learn, validLosses } = this;
    if (learn.training || !learn.hasLoss || this.hasReportedValid) return;
    const known = validLosses.found.length;
    const place = currentPlace(learn);
    validLosses.add(learn.loss, place);
    if (known === 0 && validLosses.found.length === 1 && readsAtOnce())
      this.validCause = await causeOf(learn.model, place.items, this.valuesOfBatch());
  }

  /** @throws CancelFit when the loss of a batch was not finite. */
  override async afterTrain(): Promise<void> {
    await this.losses.settle();
    await this.report();
    if (this.stopped) throw new CancelFit();
  }

  override async afterValidate(): Promise<void> {
    const { validLosses } = this;
    await validLosses.settle();
    const { found } = validLosses;
    const [first] = found;
    const cause = this.validCause;
    validLosses.clear();
    this.validCause = null;
    if (!first || this.hasReportedValid) return;
    this.hasReportedValid = true;
    const { place, loss } = first;
    log(
      `The validation loss is not finite in ${found.length} of ${place.batches} batches of epoch ${place.epoch}; the first is ${loss}, in batch ${place.batch}.${cause ? ` ${cause.text}` : ''} ${listItems(place)}`.trim(),
    );
  }

  /** Another callback may have ended the fit while losses were not read yet. */
  override async afterFit(): Promise<void> {
    await this.losses.settle();
    await this.report();
  }

  override cleanUp(): void {
    this.forgetBuffers();
    this.losses.clear();
    this.validLosses.clear();
    this.validCause = null;
    this.given = null;
  }

  /** Reports the first loss that is not finite, if there is one. */
  private async report(): Promise<void> {
    const [found] = this.losses.found;
    if (found && !this.stopped) await this.reportStop(found, `is ${found.loss}`);
  }

  private async reportStop({ place, loss }: FoundLoss, what: string): Promise<void> {
    const isCurrent = readsAtOnce();
    this.before?.restore();
    const cause = await causeOf(this.learn.model, place.items, isCurrent ? this.valuesOfBatch() : []);
    const { epoch, batch, lr } = place;
    const parts = [
      `Training stopped: the loss of ${describePlace(place)} ${what}, at a learning rate of ${Number(lr.toPrecision(3))}.`,
      cause?.text,
      cause?.where === 'input' || cause?.where === 'target' ? undefined : ADVICE,
      listItems(place),
      isCurrent && cause?.where !== 'weights'
        ? `The model keeps its weights from before this batch${cause ? '' : ', which earlier ones may have spoiled'}.`
        : undefined,
    ];
    const message = parts.filter(Boolean).join(' ');
    this.stopped = { epoch, batch, loss, lr, items: itemNames(place), message };
    log(message);
  }

  private valuesOfBatch(): BatchValues[] {
    const [x, y] = this.given ?? [];
    const { inputs, targets } = this.learn;
    return [
      { what: 'input', value: x },
      { what: 'target', value: y },
      // As other callbacks changed them.
      { what: 'input', value: inputs },
      { what: 'target', value: targets },
    ];
  }

  /** The name of the first parameter, if its gradient is not finite. */
  private brokenGradient(): string | null {
    const [first] = this.learn.grads;
    if (!first) return null;
    const [parameter, gradient] = first;
    const [sum] = tf.tidy(() => tf.sum(gradient).dataSync());
    // The sum of large finite values may overflow.
    if (Number.isFinite(sum) || firstNonFinite(gradient.dataSync()) === undefined) return null;
    const named = this.learn.model.namedParameters();
    return named.find(([, each]) => each === parameter)?.[0] ?? 'a parameter';
  }

  private forgetBuffers(): void {
    this.before?.dispose();
    this.before = null;
  }
}

const ADVICE =
  'Set a lower learning rate (learn.lrFind() suggests one), clip gradients (GradientClip), or normalize the input (Normalize); learn.detectAnomaly(() => learn.fit(1)) names the layer where it begins.';
