import { Identity } from '@fastts/core';
import type { Batch } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyLearner, Learner } from '../learner.js';
import type { FoldPredictions } from './foldPredictions.js';

/** What scores predictions: the parts of a learner that remain usable after it was disposed of. */
export interface Scoring extends Pick<AnyLearner, 'lossFunc' | 'metrics'> {
  /** Number of items per batch. */
  readonly bs: number;
}

/** The mean loss and the metrics of predictions that were made earlier, as a validation pass computes them, by name. */
export async function scoreFold(
  { lossFunc, metrics, bs }: Scoring,
  { outputs, targets, indices, skipped }: Omit<FoldPredictions, 'source' | 'augmented'>,
): Promise<[name: string, value: number][]> {
  const isSkipped = new Set(skipped.map(({ index }) => index));
  const rows = [...indices.keys()].filter((row) => !isSkipped.has(indices[row]!));
  const valid = new Rows(outputs, targets, rows, bs);
  const learn = new Learner<tf.Tensor, unknown, { train: Rows; valid: Rows }>(
    { train: valid, valid },
    new Identity(),
    { lossFunc, metrics },
  );
  try {
    const values = await learn.noBar(() => learn.validate());
    const names = ['valid_loss', ...metrics.map(({ name }) => name)];
    return names.map((name, i) => [name, values[i] ?? Number.NaN]);
  } finally {
    learn.dispose();
  }
}

/** Batches of some rows of tensors. */
class Rows {
  constructor(
    private readonly outputs: tf.Tensor,
    private readonly targets: readonly tf.Tensor[],
    private readonly rows: readonly number[],
    private readonly bs: number,
  ) {}

  get length(): number {
    return Math.ceil(this.rows.length / this.bs);
  }

  *[Symbol.iterator](): Generator<Batch<tf.Tensor, unknown>> {
    for (let start = 0; start < this.rows.length; start += this.bs) {
      const chosen = this.rows.slice(start, start + this.bs);
      const of = (tensor: tf.Tensor) => tf.tidy(() => tf.gather(tensor, tf.tensor1d(chosen, 'int32')));
      const targets = this.targets.map(of);
      yield [of(this.outputs), targets.length > 1 ? targets : targets[0]];
    }
  }
}
