import type { HookHandle, Module } from '@fastts/core';
import { nameOf, tensorsIn } from '@fastts/core';
import type * as tf from '@tensorflow/tfjs-core';
import { AnomalyError } from '../../errors.js';
import { Callback } from '../../loop/callback.js';
import { causeOf, currentPlace, describePlace, listItems } from '../../numbers/batchPlace.js';
import { BufferSnapshot } from '../../numbers/bufferSnapshot.js';
import { isFiniteTensor, nonFiniteWeights, someOf } from '../../numbers/finite.js';
import { describeStatistics, type SeenTensor, type Statistics, seenBy } from '../../numbers/statistics.js';

/**
 * Finds the layer where values begin that are NaN or infinite: examines the output of every module in the forward pass, and its
 * gradient in the backward pass. `Learner.detectAnomaly` adds it.
 *
 * It checks a training batch before the optimizer steps, and undoes what the batch changed in the model's buffers, so that the
 * model stays as it was before the batch.
 *
 * Source: PyTorch `torch.autograd.detect_anomaly`, which examines gradients only.
 */
export class AnomalyDetection extends Callback {
  static override readonly name: string = 'AnomalyDetection';
  // Before callbacks that react to a loss that is not finite.
  override order = -15;
  private handles: HookHandle[] = [];
  private calls: Call[] = [];
  /** The gradients of modules' outputs, in the order in which they were computed. */
  private gradients: Gradient[] = [];
  private see = seenBy();
  private before: BufferSnapshot | null = null;

  override beforeFit(): void {
    this.cleanUp();
    const modules = new Map<Module, string>();
    for (const [name, module] of this.learn.model.namedModules()) {
      if (!modules.has(module)) modules.set(module, name);
    }
    for (const [module, name] of modules) {
      const layer = { name, module };
      this.handles.push(
        module.registerForwardHook((_, inputs, output) => {
          this.calls.push({ layer, inputs: tensorsIn(inputs).map(this.see), output: this.see(output) });
        }),
        module.registerBackwardHook((_, gradient) => {
          this.gradients.push({ layer, gradient: this.see(gradient) });
        }),
      );
    }
  }

  override beforeBatch(): void {
    this.forget();
    this.before = new BufferSnapshot(this.learn.model.namedBuffers().map(([, buffer]) => buffer));
  }

  /** @throws AnomalyError naming the layer. */
  override async afterBackward(): Promise<void> {
    await this.check();
  }

  /** @throws AnomalyError naming the layer. */
  override async afterBatch(): Promise<void> {
    if (!this.learn.training) await this.check();
    this.forget();
  }

  override cleanUp(): void {
    for (const handle of this.handles) handle.remove();
    this.handles = [];
    this.forget();
  }

  private async check(): Promise<void> {
    const found =
      (await this.inBatch()) ??
      (await this.inForward()) ??
      (await this.inLoss()) ??
      (await this.inBackward());
    if (!found) return;
    this.before?.restore();
    const place = currentPlace(this.learn);
    const { phase, layer, text } = found;
    const message = [text, `This is ${describePlace(place)}.`, listItems(place)].filter(Boolean).join(' ');
    throw new AnomalyError(message, phase, layer);
  }

  private async inBatch(): Promise<Anomaly | null> {
    const { learn } = this;
    const values = [
      { what: 'input', value: learn.inputs },
      { what: 'target', value: learn.targets },
    ] as const;
    const cause = await causeOf(null, learn.batchItems, values);
    return cause && { phase: 'batch', layer: null, text: cause.text };
  }

  private async inForward(): Promise<Anomaly | null> {
    for (const { layer, inputs, output } of this.calls) {
      const given = await Promise.all(
        inputs.map(async ({ shape, statistics }) => ({ shape, ...(await statistics) })),
      );
      const result = await output.statistics;
      const wrong = given.find(({ nonFinite }) => nonFinite > 0);
      if (!wrong && result.nonFinite === 0) continue;
      const weights = await nonFiniteWeights(layer.module);
      const text = wrong
        ? `The input of ${titled(layer)} is not finite, while the outputs of all layers before it are: ${describeStatistics(wrong)}.`
        : `The output of ${titled(layer)} is the first that is not finite: ${describeStatistics({ ...result, shape: output.shape })}. ` +
          `Its input is finite: ${given.map(describeStatistics).join('; ')}.`;
      const own = weights.length > 0 ? ` Its weights are not finite: ${someOf(weights)}.` : '';
      return { phase: 'forward', layer: layer.name, text: text + own };
    }
    return null;
  }

  private async inLoss(): Promise<Anomaly | null> {
    const { learn } = this;
    if (!learn.hasLoss || (await isFiniteTensor(learn.loss))) return null;
    const see = seenBy();
    const about = async (tensors: readonly tf.Tensor[]) => {
      const all = tensors.map(see);
      return (
        await Promise.all(
          all.map(async ({ shape, statistics }) => describeStatistics({ shape, ...(await statistics) })),
        )
      ).join('; ');
    };
    const text = `The outputs of all layers are finite, but the loss (${nameOf(learn.lossFunc)}) is not. Predictions: ${await about([learn.pred])}. Targets: ${await about(learn.targets)}.`;
    return { phase: 'loss', layer: null, text };
  }

  private async inBackward(): Promise<Anomaly | null> {
    let previous: Layer | null = null;
    for (const { layer, gradient } of this.gradients) {
      const statistics = await gradient.statistics;
      if (statistics.nonFinite > 0)
        return backwardAnomaly(
          previous,
          layer,
          { ...statistics, shape: gradient.shape },
          nameOf(this.learn.lossFunc),
        );
      previous = layer;
    }
    const { grads, model } = this.learn;
    for (const [name, parameter] of model.namedParameters().reverse()) {
      const gradient = grads.get(parameter);
      if (!gradient || (await isFiniteTensor(gradient))) continue;
      const layer = name.split('.').slice(0, -1).join('.');
      return {
        phase: 'backward',
        layer,
        text: `The gradient of ${name} is not finite, while those of all layers' outputs are: it begins in the backward pass of layer '${layer}'.`,
      };
    }
    return null;
  }

  /** Forgets the batch. */
  private forget(): void {
    this.calls = [];
    this.gradients = [];
    this.see = seenBy();
    this.before?.dispose();
    this.before = null;
  }
}

interface Layer {
  readonly name: string;
  readonly module: Module;
}

interface Call {
  readonly layer: Layer;
  readonly inputs: readonly SeenTensor[];
  readonly output: SeenTensor;
}

interface Gradient {
  readonly layer: Layer;
  readonly gradient: SeenTensor;
}

interface Anomaly {
  readonly phase: AnomalyError['phase'];
  readonly layer: string | null;
  readonly text: string;
}

/** @param previous The layer whose output's gradient was computed before, and is finite; `null` if there is none. */
function backwardAnomaly(
  previous: Layer | null,
  layer: Layer,
  gradient: Statistics & { shape: number[] },
  loss: string,
): Anomaly {
  const where = previous
    ? `it begins in the backward pass of ${titled(previous)}, whose output has a finite gradient`
    : `it begins in the loss (${loss})`;
  return {
    phase: 'backward',
    layer: previous?.name ?? null,
    text: `All outputs and the loss are finite, but the gradient of the output of ${titled(layer)} is not: ${where}. The gradient: ${describeStatistics(gradient)}.`,
  };
}

function titled({ name, module }: Layer): string {
  return name === '' ? `the model (${nameOf(module)})` : `layer '${name}' (${nameOf(module)})`;
}
