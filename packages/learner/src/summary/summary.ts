import * as tf from '@tensorflow/tfjs';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import { mapTensors, tensorsOf } from '../loop/batch.js';
import { inRunningOrder } from '../loop/callbackOrder.js';
import { type LayerInfo, layerInfo, totalParams } from './layerInfo.js';

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * A table of the model's layers, with the shape of what they give for a batch, how many parameters they have, and
     * whether these are trained; below it the totals, the optimiser, the loss and the callbacks.
     *
     * Source: fastai `callback/hook.py`, `summary`.
     *
     * @throws LearnerError when there is no training data to show the model
     * @example
     * console.log(await learn.summary());
     */
    summary(): Promise<string>;
  }
}

const WIDTH = 76;

Learner.prototype.summary = async function (this: Learner) {
  const [x, shapes] = await firstItem(this);
  const { model, optFunc, lossFunc } = this;
  const layers = await layerInfo(model, async () => {
    tf.dispose(await this.noBar(() => this.getPreds({ dl: [[x, undefined]] })));
  });
  const { total, trainable } = totalParams(model);
  const loss = typeof lossFunc === 'function' ? lossFunc : lossFunc.constructor;
  const [n] = shapes[0]!;
  return [
    `${model.constructor.name} (Input shape: ${shapes.map(asText).join(', ')})`,
    '='.repeat(WIDTH),
    row('Layer (type)', 'Output Shape', 'Param #', 'Trainable'),
    '='.repeat(WIDTH),
    ...layers.flatMap((layer, i) => layerRows(layer, layers[i - 1], n!)),
    '_'.repeat(WIDTH),
    '',
    `Total params: ${inThousands(total)}`,
    `Total trainable params: ${inThousands(trainable)}`,
    `Total non-trainable params: ${inThousands(total - trainable)}`,
    '',
    `Optimizer used: ${optFunc.name || 'a function'}`,
    `Loss function: ${loss.name || 'a function'}`,
    '',
    ...(this.hasOpt ? [frozen(this.opt.frozenIdx), ''] : []),
    'Callbacks:',
    ...inRunningOrder(this.cbs).map((callback) => `  - ${callback.constructor.name}`),
  ].join('\n');
};

/** The input of the first item of a training batch, which is the caller's, and the shapes of the batch's inputs. */
async function firstItem({ dls }: Learner): Promise<[x: tf.Tensor4D, shapes: number[][]]> {
  for await (const [x, y] of dls.train) {
    const first = mapTensors(x, (tensor) => tf.slice(tensor, 0, 1));
    const shapes = tensorsOf(x).map(({ shape }) => shape);
    tf.dispose([x, y]);
    return [first, shapes];
  }
  throw new LearnerError('summary needs a batch of training data, but there is none.');
}

/** The layer's row, after a line and the output's shape where that is another than before. */
function layerRows(layer: LayerInfo, before: LayerInfo | undefined, n: number): string[] {
  const { type, parameters, trainable, outputShape } = layer;
  const own = row(type, '', parameters || '', trainable ?? '');
  if (before && tf.util.arraysEqual([...outputShape], [...before.outputShape])) return [own];
  const shape = row('', asText([n, ...outputShape.slice(1)]), '', '');
  return before ? ['_'.repeat(WIDTH), shape, own] : [shape, own];
}

function row(layer: string, shape: string, parameters: string | number, trainable: string | boolean): string {
  const cells = [layer.padEnd(20), shape.padEnd(20), String(parameters).padEnd(10), String(trainable)];
  return cells.join(' ').trimEnd();
}

function frozen(groups: number): string {
  return groups === 0 ? 'Model unfrozen' : `Model frozen up to parameter group #${groups}`;
}

function asText(shape: readonly number[]): string {
  return shape.join(' x ');
}

function inThousands(count: number): string {
  return count.toLocaleString('en-US');
}
