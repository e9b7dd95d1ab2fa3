import type { Parameter } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { type LearningRate, perGroup, show } from '../schedules/learningRate.js';

/** Numbers that steer an optimiser, of one parameter group: `lr`, `wd`, `mom` and so on. */
export type Hypers = Record<string, number>;

/** What an optimiser remembers of one parameter. */
export interface ParameterState {
  /** How many steps it has made. */
  step: number;
  /** Running averages and the like, each of the parameter's shape. */
  tensors: Record<string, tf.Tensor>;
}

/** What a rule has to work with. */
export interface UpdateInput {
  param: tf.Tensor;
  grad: tf.Tensor;
  /** The tensors that the rule has of this parameter; zeros at the first step. */
  state: Readonly<Record<string, tf.Tensor>>;
  /** Which step of this parameter it is, from 1. */
  step: number;
  /** Those of the parameter's group, with `wd` 0 for a parameter that does not decay. */
  hypers: Readonly<Hypers>;
  /** The group's `wd`, whether the parameter decays or not. */
  groupWd: number;
}

/** The arithmetic of an optimiser: new values for one parameter and for what is remembered of it. */
export interface UpdateRule {
  /** The names of the tensors it remembers of each parameter. */
  readonly remembers: readonly string[];
  /** What it gives may lie in the memory of `param` and `state`, which are not used any more after it. */
  update(input: UpdateInput): { param: tf.Tensor; state: Record<string, tf.Tensor> };
}

/** Makes an optimiser of a learner's parameter groups, such as {@link Adam}. */
export type OptFunc = (groups: ParameterGroups, options: { lr: LearningRate }) => Optimizer;

/** Parameters, or lists of them that may have hyper-parameters of their own. */
export type ParameterGroups = readonly Parameter[] | readonly (readonly Parameter[])[];

/** What an optimiser knows, to be saved: in the order of its parameters. */
export interface OptimizerState {
  hypers: Hypers[];
  parameters: ParameterState[];
}

/**
 * Moves parameters by their gradients, in groups that each have their own hyper-parameters.
 *
 * Source: fastai `optimizer.py`.
 */
export class Optimizer {
  /** The parameters, by group. */
  readonly groups: readonly (readonly Parameter[])[];
  /** The hyper-parameters of each group. */
  readonly hypers: Hypers[];
  /** Parameters that weight decay leaves alone. */
  readonly noDecay = new Set<Parameter>();
  /** Parameters that are trained also while their group is frozen. */
  readonly forceTrain = new Set<Parameter>();
  /** How many groups are frozen, from the first. */
  frozenIdx = 0;

  private readonly states = new Map<Parameter, ParameterState>();

  /**
   * @param groups a list of parameters (one group) or of such lists
   * @param rule the arithmetic of a step
   * @param defaults the hyper-parameters to begin with
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

  /** All parameters, those of the first group first. */
  get parameters(): Parameter[] {
    return this.groups.flat();
  }

  /**
   * Sets a hyper-parameter: a number for all groups, a `slice` over them, or one number each.
   *
   * @throws LearnerError when the optimiser has none of that name, or the value is no finite number
   */
  setHyper(name: string, value: LearningRate): void {
    const known = Object.keys(this.hypers[0]!);
    if (!known.includes(name)) {
      throw new LearnerError(`The optimiser has no hyper-parameter '${name}'; it has ${known.join(', ')}.`);
    }
    this.assign(name, value);
  }

  /** Moves each parameter that has a gradient; the gradients stay the caller's. */
  step(grads: ReadonlyMap<Parameter, tf.Tensor>): void {
    this.groups.forEach((group, i) => {
      for (const parameter of group) {
        const grad = grads.get(parameter);
        if (grad) this.stepOne(parameter, grad, this.hypers[i]!);
      }
    });
  }

  /**
   * Freezes all groups before the one numbered `n`, counted from the end when negative.
   *
   * @throws LearnerError when `n` is not whole
   */
  freezeTo(n: number): void {
    if (!Number.isInteger(n)) {
      throw new LearnerError(`freezeTo takes the whole number of a parameter group, but got ${show(n)}.`);
    }
    this.frozenIdx = n >= 0 ? n : Math.max(0, this.groups.length + n);
    this.groups.forEach((group, i) => {
      for (const parameter of group) {
        parameter.requiresGrad = i >= this.frozenIdx || this.forceTrain.has(parameter);
      }
    });
  }

  /** Forgets running averages and step counts, and lets go of their memory. */
  clearState(): void {
    for (const state of this.states.values()) tf.dispose(state.tensors);
    this.states.clear();
  }

  /** What it knows now; the tensors stay the optimiser's. */
  stateDict(): OptimizerState {
    return {
      hypers: this.hypers.map((hypers) => ({ ...hypers })),
      parameters: this.parameters.map((p) => this.states.get(p) ?? { step: 0, tensors: {} }),
    };
  }

  /**
   * Takes up what `stateDict` gave; the tensors become the optimiser's.
   *
   * @throws LearnerError when groups, parameters, shapes or the kind of optimiser do not fit; nothing is changed then
   */
  loadStateDict({ hypers, parameters: states }: OptimizerState): void {
    const { parameters } = this;
    if (hypers.length !== this.groups.length || states.length !== parameters.length) {
      throw new LearnerError(
        `The saved optimiser has ${hypers.length} parameter groups and ${states.length} parameters, but this one has ${this.groups.length} and ${parameters.length}.`,
      );
    }
    hypers.forEach((saved, i) => {
      const [theirs, own] = [saved, this.hypers[i]!].map((names) => Object.keys(names).sort().join(', '));
      if (theirs === own) return;
      throw new LearnerError(
        `The saved optimiser is of another kind: its hyper-parameters are ${theirs}, those of this one ${own}.`,
      );
    });
    states.forEach(({ step, tensors }, i) => {
      const wanted = parameters[i]!.shape;
      for (const [name, { shape }] of Object.entries(tensors)) {
        if (this.rule.remembers.includes(name) && tf.util.arraysEqual(shape, wanted)) continue;
        throw new LearnerError(
          `The saved optimiser has '${name}' of shape [${shape}] for a parameter of shape [${wanted}], which this optimiser cannot use.`,
        );
      }
      const lacking = this.rule.remembers.filter((name) => step > 0 && !tensors[name]);
      if (lacking.length > 0) {
        throw new LearnerError(
          `The saved optimiser is of another kind: it does not remember ${lacking.join(', ')}, which this one needs.`,
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
      if (!Number.isFinite(one))
        throw new LearnerError(`${name} must be a finite number, but is ${show(one)}.`);
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
      param: value as tf.Tensor,
      grad,
      state: before,
      step: state.step,
      hypers: this.noDecay.has(parameter) ? { ...group, wd: 0 } : group,
      groupWd: group.wd!,
    };
    const after = tf.tidy(() => {
      const { param, state: tensors } = this.rule.update(input);
      return { param, ...tensors } as Record<string, tf.Tensor>;
    });
    const { param, ...tensors } = after;
    value.assign(param!);
    param!.dispose();
    tf.dispose(before);
    state.tensors = tensors;
  }
}

function isGrouped(groups: ParameterGroups): groups is readonly (readonly Parameter[])[] {
  return groups.length > 0 && Array.isArray(groups[0]);
}
