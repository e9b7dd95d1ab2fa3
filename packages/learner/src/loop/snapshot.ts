import * as tf from '@tensorflow/tfjs-core';
import type { AnyLearner } from '../learner.js';
import type { OptimizerState } from '../optimizers/optimizer.js';

/**
 * A snapshot of a learner's model and optimizer, to restore later.
 *
 * Shares the memory of values that do not change afterwards, and keeps the old values of those that do.
 */
export class Snapshot {
  private readonly values: (readonly [tf.Variable, tf.Tensor])[];
  private readonly optimizer: OptimizerState;

  constructor(private readonly learn: AnyLearner) {
    const { model, opt } = learn;
    const members = [...model.namedParameters(), ...model.namedBuffers()].map(([, member]) => member.value);
    this.values = [...new Set(members)].map((value) => [value, tf.clone<tf.Tensor>(value)]);
    const { hypers, parameters } = opt.stateDict();
    this.optimizer = {
      hypers,
      parameters: parameters.map(({ step, tensors }) => ({
        step,
        tensors: Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, tf.clone(t)])),
      })),
    };
  }

  /** Restores everything. A snapshot can be used once. */
  restore(): void {
    for (const [variable, value] of this.values) {
      variable.assign(value);
      value.dispose();
    }
    this.learn.opt.loadStateDict(this.optimizer);
  }
}
