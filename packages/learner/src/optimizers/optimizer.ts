import { checkInteger, checkNumber, log, type NumberRange, type Parameter } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { type LearningRate, perGroup } from '../schedules/learningRate.js';

/** The hyperparameters of one parameter group: `lr`, `wd`, `mom` and so on. */
export type Hypers = Record<string, number>;

/** An optimizer's state of one parameter. */
export interface ParameterState {
  /** Number of steps so far. */
  step: number;
  /** Moving averages and the like, each of the parameter's shape. */
  tensors: Record<string, tf.Tensor>;
}

/** Inputs of an update rule. */
export interface UpdateInput {
  param: tf.Tensor;
  grad: tf.Tensor;
  /** The rule's tensors for this parameter; zeros at the first step. */
  state: Readonly<Record<string, tf.Tensor>>;
  /** Number of this parameter's step, from 1. */
  step: number;
  /** The hyperparameters of the parameter's group, with `wd` 0 for a parameter without decay. */
  hypers: Readonly<Hypers>;
  /** The group's `wd`, even for a parameter without decay. */
  groupWd: number;
}

/** An optimizer's update rule: computes new values of one parameter and its state. */
export interface UpdateRule {
  /** Names of the tensors that it keeps per parameter. */
  readonly remembers: readonly string[];
  /** The results may reuse the memory of `param` and `state`, which are not used afterwards. */
  update(input: UpdateInput): { param: tf.Tensor; state: Record<string, tf.Tensor> };
}

/** Creates an optimizer of a learner's parameter groups, such as {@link Adam}. */
export type OptFunc = (groups: ParameterGroups, options: { lr: LearningRate }) => Optimizer;

/** A list of parameters, or of groups of them with their own hyperparameters. */
export type ParameterGroups = readonly Parameter[] | readonly (readonly Parameter[])[];

/** An optimizer's state to save, in the order of its parameters. */
export interface OptimizerState {
  hypers: Hypers[];
  parameters: ParameterState[];
}

/**
 * Updates parameters by their gradients, in groups with their own hyperparameters.
 *
 * Source: fastai `optimizer.py`.
 */
export class Optimizer {
  /** The parameters, by group. */
  readonly groups: readonly (readonly Parameter[])[];
  /** The hyperparameters of each group. */
  readonly hypers: Hypers[];
  /** Parameters without weight decay. */
  readonly noDecay = new Set<Parameter>();
  /** Parameters that are trained even while their group is frozen. */
  readonly forceTrain = new Set<Parameter>();
  /** Number of frozen groups, from the first. */
  frozenIdx = 0;

  private readonly states = new Map<Parameter, ParameterState>();

  /**
   * @param groups A list of parameters (one group) or of such lists.
   * @param rule The update rule.
   * @param defaults The initial hyperparameters.
   */
  constructor(
    groups: ParameterGroups,
    readonly rule: UpdateRule,
    defaults: Record<'lr' | 'wd' | (string & {}), LearningRate>,
  ) {
    this.groups = isGrouped(groups) ? groups.map((group) => [...group]) : [[...groups]];
    this.hypers = this.groups.map(() => ({}));
    for (const [name, value] of Object.entries(defaults)) this.assign(name, value);
  }

  /** All parameters, in the order of the groups. */
  get parameters(): Parameter[] {
    return this.groups.flat();
  }

  /**
   * Sets a hyperparameter: a number for all groups, a `slice` over them, or one number per group.
   *
   * @throws LearnerError when the optimizer does not have it.
   * @throws ArgumentError when the value is out of its range, such as a rate below 0.
   */
  setHyper(name: string, value: LearningRate): void {
    const known = Object.keys(this.hypers[0]!);
    if (!known.includes(name)) {
      throw new LearnerError(`The optimizer has no hyperparameter '${name}'; it has ${known.join(', ')}.`);
    }
    this.assign(name, value);
  }

  /** Updates each parameter that has a gradient. The gradients still belong to the caller. */
  step(grads: ReadonlyMap<Parameter, tf.Tensor>): void {
    this.groups.forEach((group, i) => {
      for (const parameter of group) {
        const grad = grads.get(parameter);
        if (grad) this.stepOne(parameter, grad, this.hypers[i]!);
      }
    });
  }

  /**
   * Freezes all groups before index `n`, counted from the end when negative.
   *
   * @throws ArgumentError when `n` is not an integer.
   */
  freezeTo(n: number): void {
    checkInteger('n', n);
    const { length } = this.groups;
    this.frozenIdx = n >= 0 ? n : Math.max(0, length + n);
    if (n >= length) {
      log(
        `freezeTo(${n}) freezes the whole model, which has ${length} parameter group${length === 1 ? '' : 's'}.`,
      );
    }
    this.groups.forEach((group, i) => {
      for (const parameter of group) {
        parameter.requiresGrad = i >= this.frozenIdx || this.forceTrain.has(parameter);
      }
    });
  }

  /** Resets moving averages and step counts, and disposes of their tensors. */
  clearState(): void {
    for (const state of this.states.values()) tf.dispose(state.tensors);
    this.states.clear();
  }

  /** The current state; the tensors still belong to the optimizer. */
  stateDict(): OptimizerState {
    return {
      hypers: this.hypers.map((hypers) => ({ ...hypers })),
      parameters: this.parameters.map((p) => this.states.get(p) ?? { step: 0, tensors: {} }),
    };
  }

  /**
   * Loads the result of `stateDict`; the optimizer takes ownership of the tensors.
   *
   * @throws LearnerError when groups, parameters, shapes or the kind of optimizer do not match; then nothing is changed.
   * @throws ArgumentError when a hyperparameter is out of its range; then nothing is changed.
   */
  loadStateDict({ hypers, parameters: states }: OptimizerState): void {
    const { parameters } = this;
    if (hypers.length !== this.groups.length || states.length !== parameters.length) {
      throw new LearnerError(
        `The saved optimizer has ${hypers.length} parameter groups and ${states.length} parameters, but this one has ${this.groups.length} and ${parameters.length}.`,
      );
    }
    hypers.forEach((saved, i) => {
      const [theirs, own] = [saved, this.hypers[i]!].map((names) => Object.keys(names).sort().join(', '));
      if (theirs === own) {
        for (const [name, value] of Object.entries(saved)) checkNumber(name, value, RANGES[name]);
        return;
      }
      throw new LearnerError(
        `The saved optimizer is of another kind: its hyperparameters are ${theirs}, those of this one are ${own}.`,
      );
    });
    states.forEach(({ step, tensors }, i) => {
      const wanted = parameters[i]!.shape;
      for (const [name, { shape }] of Object.entries(tensors)) {
        if (this.rule.remembers.includes(name) && tf.util.arraysEqual(shape, wanted)) continue;
        throw new LearnerError(
          `The saved optimizer has '${name}' of shape [${shape}] for a parameter of shape [${wanted}], which this optimizer cannot use.`,
        );
      }
      const lacking = this.rule.remembers.filter((name) => step > 0 && !tensors[name]);
      if (lacking.length > 0) {
        throw new LearnerError(
          `The saved optimizer is of another kind: it does not have ${lacking.join(', ')}, which this one needs.`,
        );
      }
    });
    this.clearState();
    for (const [i, saved] of hypers.entries()) Object.assign(this.hypers[i]!, saved);
    states.forEach((state, i) => {
      if (state.step > 0)
        this.states.set(parameters[i]!, { step: state.step, tensors: { ...state.tensors } });
    });
  }

  private assign(name: string, value: LearningRate): void {
    perGroup(value, this.groups.length, name).forEach((one, i) => {
      checkNumber(name, one, RANGES[name]);
      this.hypers[i]![name] = one;
    });
  }

  private stepOne(parameter: Parameter, grad: tf.Tensor, group: Hypers): void {
    const { value } = parameter;
    let state = this.states.get(parameter);
    if (!state) {
      state = { step: 0, tensors: {} };
      for (const name of this.rule.remembers) state.tensors[name] = tf.zerosLike<tf.Tensor>(value);
      this.states.set(parameter, state);
    }
    state.step++;
    const before = state.tensors;
    const input = {
      param: value,
      grad,
      state: before,
      step: state.step,
      hypers: this.noDecay.has(parameter) ? { ...group, wd: 0 } : group,
      groupWd: group.wd!,
    };
    const after = tf.tidy(() => {
      const { param, state: tensors } = this.rule.update(input);
      return { param, ...tensors };
    });
    const { param, ...tensors } = after;
    value.assign(param!);
    param!.dispose();
    tf.dispose(before);
    state.tensors = tensors;
  }
}

/** The ranges of the hyperparameters that all optimizers share. */
const RANGES: Readonly<Record<string, NumberRange>> = {
  lr: { min: 0 },
  mom: { min: 0, below: 1 },
  sqrMom: { min: 0, below: 1 },
  eps: { min: 0 },
  wd: { min: 0 },
};

function isGrouped(groups: ParameterGroups): groups is readonly (readonly Parameter[])[] {
  return groups.length > 0 && Array.isArray(groups[0]);
}
