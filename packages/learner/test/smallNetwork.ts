import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Flatten,
  Linear,
  type Module,
  ReLU,
  Sequential,
} from '@fastts/core';
import type { Batch } from '@fastts/data';
import type { Nested } from '@fastts/testing/allClose';
import * as tf from '@tensorflow/tfjs-core';
import { CrossEntropyLossFlat, Learner, type LearnerData, type LearnerOptions } from '../src/index.js';

/** Flattened images and their classes. */
export interface Items {
  x: number[][];
  y: number[];
}

/** A fixture written by a script in `fixtures/`. */
export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, '..', 'fixtures', `${name}.json`), 'utf8')) as T;
}

/** Nested numbers as a tensor. */
export function tensor(values: Nested, dtype: 'float32' | 'int32' = 'float32'): tf.Tensor {
  return tf.tensor(values as number[], undefined, dtype);
}

/** Batches of `bs` items, created for each pass. */
export class Batches {
  constructor(
    private readonly items: Items,
    private readonly bs: number,
  ) {}

  get length(): number {
    return Math.ceil(this.items.y.length / this.bs);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch> {
    for (let i = 0; i < this.items.y.length; i += this.bs) {
      const x = this.items.x.slice(i, i + this.bs);
      yield [
        tf.tensor4d(x.flat(), [x.length, 6, 6, 3]),
        tf.tensor1d(this.items.y.slice(i, i + this.bs), 'int32'),
      ];
    }
  }
}

/** The network of `fixtures/model.py`, with the weights of the fixture. */
export function smallNetwork(start: Record<string, Nested>): Sequential {
  const model = new Sequential(
    new Conv2d(3, 4, 3, { stride: 2, padding: 1, bias: false }),
    new BatchNorm2d(4),
    new ReLU(),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
    new Linear(4, 6),
    new ReLU(),
    new Linear(6, 5),
  );
  const state = new Map(Object.entries(start).map(([name, values]) => [name, tensor(values)]));
  model.loadStateDict(state, { strict: false });
  tf.dispose([...state.values()]);
  return model;
}

/** Its three parameter groups: the convolution with its norm, and each linear layer. */
export function groups(model: Module) {
  const named = model.namedParameters();
  const of = (...layers: string[]) => named.filter(([name]) => layers.includes(name[0]!)).map(([, p]) => p);
  return [of('0', '1'), of('5'), of('7')];
}

interface Training {
  start: Record<string, Nested>;
  train: Items;
  valid: Items;
}

/** The data of `fixtures/training.json`. */
export const training = fixture<Training>('training');

/** Its training and validation batches. */
export function smallData(bs = 6): LearnerData {
  return { train: new Batches(training.train, bs), valid: new Batches(training.valid, bs), c: 5 };
}

/** A learner of data that is not a `DataLoaders`. */
export type SmallLearner = Learner<tf.Tensor4D, tf.Tensor1D, LearnerData>;

/** A learner of the small network without output. */
export function smallLearner(options: Partial<LearnerOptions> = {}, bs = 6): SmallLearner {
  const lossFunc = new CrossEntropyLossFlat();
  const learn = new Learner(smallData(bs), smallNetwork(training.start), { lossFunc, ...options });
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

/** The values of a model's parameters and buffers, except for batch counts, by name. */
export async function stateOf(model: Module): Promise<Record<string, Nested>> {
  const state = [...model.stateDict()].filter(([name]) => !name.includes('num_batches'));
  const read = await Promise.all(state.map(async ([name, t]) => [name, await t.array()] as const));
  tf.dispose(state.map(([, t]) => t));
  return Object.fromEntries(read);
}
