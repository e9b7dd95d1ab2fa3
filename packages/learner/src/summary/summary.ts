import { mapTensors, nameOf, tensorsIn } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { inRunningOrder } from '../loop/callbackOrder.js';
import { type LayerInfo, layerInfo, totalParams } from './layerInfo.js';

const WIDTH = 76;

/** Implements {@link Learner.summary}. */
export async function summary(learn: AnyLearner): Promise<string> {
  const { model, optFunc, lossFunc } = learn;
  const [x, shapes] = await firstItem(learn);
  const layers = await layerInfo(model, async () => {
    tf.dispose(await learn.noBar(() => learn.getPreds({ dl: [[x, undefined]] })));
  }).finally(() => tf.dispose(tensorsIn(x)));
  const { total, trainable } = totalParams(model);
  const [n] = shapes[0]!;
  return [
    `${nameOf(model)} (Input shape: ${shapes.map(asText).join(', ')})`,
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
    `Optimizer used: ${nameOf(optFunc) || 'a function'}`,
    `Loss function: ${nameOf(lossFunc) || 'a function'}`,
    '',
    ...(learn.hasOpt ? [frozen(learn.opt.frozenIdx), ''] : []),
    'Callbacks:',
    ...inRunningOrder(learn.cbs).map((callback) => `  - ${nameOf(callback)}`),
  ].join('\n');
}

/** The first training item's input, which belongs to the caller, and the shapes of the batch's inputs. */
async function firstItem({ dls }: AnyLearner): Promise<[x: unknown, shapes: number[][]]> {
  for await (const [x, y] of dls.train) {
    const first = mapTensors(x, (tensor) => tf.slice(tensor, 0, 1));
    const shapes = tensorsIn(x).map(({ shape }) => shape);
    tf.dispose(tensorsIn([x, y]));
    return [first, shapes];
  }
  throw new LearnerError('summary needs a batch of training data: assign data with items.');
}

/** The layer's row, preceded by a separator and the output shape if that differs from the previous one. */
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
