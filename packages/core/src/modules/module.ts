import * as tf from '@tensorflow/tfjs-core';
import { ShapeError, StateDictError } from '../errors.js';
import { printable } from '../files/quoted.js';
import { buildBudget } from '../registry/buildBudget.js';
import { addHook, type BackwardHook, type ForwardHook, type HookHandle } from './moduleHooks.js';
import { fromFileLayout, ModuleBuffer, Parameter, toFileLayout } from './parameter.js';

/**
 * Base class of all parts of a model. Its properties can be parameters, buffers and other modules.
 *
 * PyTorch's `nn.Module`. Names in a state dictionary are the properties' names with `camelCase` written as
 * `snake_case`, joined by dots: `runningMean` in `bn1` is `bn1.running_mean`.
 *
 * Creating a module computes no values: a parameter's initial values are computed when they are first read, by
 * `forward` or otherwise, unless `loadStateDict` or another initialization has replaced them by then; see
 * `materialize`.
 *
 * @example
 * class Residual extends Module {
 *   constructor(readonly body: Module) { super(); }
 *   forward(x: tf.Tensor) { return addRelu(x, this.body.forward(x)); }
 * }
 */
export abstract class Module {
  /** Whether it is in training mode (dropout drops, batch norm uses the batch's statistics); set by `train` and `eval`. */
  training = true;

  constructor() {
    buildBudget()?.module();
  }

  /** The output for `x`. Intermediate tensors are disposed of by the caller's `tf.tidy`. */
  abstract forward(x: tf.Tensor, ...rest: tf.Tensor[]): tf.Tensor;

  /** The modules directly inside it, with their names, in the order of its properties. */
  children(): [name: string, child: Module][] {
    return this.members(Module);
  }

  /** This module and all modules inside it, outer before inner. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** This module (named `''`) and all modules inside it, outer before inner, with their dotted names. */
  namedModules(): [name: string, module: Module][] {
    return [
      ['', this],
      ...this.children().flatMap(([name, child]) =>
        child.namedModules().map(([inner, module]): [string, Module] => [join(name, inner), module]),
      ),
    ];
  }

  /** All parameters, each once. */
  parameters(): Parameter[] {
    return [...new Set(this.namedParameters().map(([, parameter]) => parameter))];
  }

  /** All parameters with their dotted names. */
  namedParameters(): [name: string, parameter: Parameter][] {
    return this.allMembers(Parameter);
  }

  /** All buffers with their dotted names. */
  namedBuffers(): [name: string, buffer: ModuleBuffer][] {
    return this.allMembers(ModuleBuffer);
  }

  /**
   * Its parameters and buffers by PyTorch's names and in PyTorch's layouts (a convolution's weight is
   * `[out, in / groups, kh, kw]`). The tensors are copies that belong to the caller.
   */
  stateDict(): Map<string, tf.Tensor> {
    return new Map(this.namedState().map(([name, { value, layout }]) => [name, toFileLayout(value, layout)]));
  }

  /**
   * Loads its parameters and buffers from tensors with PyTorch's names and layouts, which still belong to the caller.
   * If it throws, nothing has changed.
   *
   * @param options.strict Whether missing and unexpected names are an error (default true).
   * @returns The names that the dictionary lacks, and those that the module lacks.
   * @throws ShapeError when a tensor has another shape than the module's.
   * @throws StateDictError when names differ and `strict` is true.
   */
  loadStateDict(
    state: ReadonlyMap<string, tf.Tensor>,
    { strict = true }: LoadStateDictOptions = {},
  ): LoadStateDictResult {
    const own = new Map(this.namedState());
    const missing = [...own.keys()].filter((name) => !state.has(name));
    const unexpected = [...state.keys()].filter((name) => !own.has(name));
    if (strict && (missing.length > 0 || unexpected.length > 0)) {
      throw new StateDictError(
        `The state dictionary does not fit the module:${describe(' missing', missing)}${describe(' unexpected', unexpected)}; load with { strict: false } to load what fits.`,
      );
    }
    const found = [...own].filter(([name]) => state.has(name));
    for (const [name, { fileShape }] of found) {
      const given = state.get(name)!.shape;
      if (!tf.util.arraysEqual(fileShape, given)) {
        throw new ShapeError(
          `${name} is [${given}] in the state dictionary but [${fileShape}] in the module.`,
        );
      }
    }
    for (const [name, member] of found) {
      tf.tidy(() => member.assign(tf.cast(fromFileLayout(state.get(name)!, member.layout), member.dtype)));
    }
    return { missing, unexpected };
  }

  /** Sets `training` on this module and all modules inside it. */
  train(mode = true): this {
    for (const module of this.modules()) module.training = mode;
    return this;
  }

  /** The same as `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Calls `fn` for each module inside it, then for itself (inner before outer, as PyTorch's `apply`). */
  apply(fn: (module: Module) => void): this {
    for (const [, child] of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Sets `requiresGrad` on all its parameters. */
  requiresGrad_(requiresGrad = true): this {
    for (const parameter of this.parameters()) parameter.requiresGrad = requiresGrad;
    return this;
  }

  /**
   * Registers a function to call after each `forward`, after hooks registered earlier. Tensors it creates are disposed of
   * with those of `forward`; to keep one longer, clone and keep it (`tf.keep`).
   *
   * @returns A handle that removes the hook.
   */
  registerForwardHook(hook: ForwardHook): HookHandle {
    return addHook(this, 'forward', hook);
  }

  /**
   * Registers a function to call with the gradient of each output, while gradients are computed. To keep a gradient
   * longer, clone and keep it (`tf.keep`).
   *
   * @returns A handle that removes the hook.
   */
  registerBackwardHook(hook: BackwardHook): HookHandle {
    return addHook(this, 'backward', hook);
  }

  /** Computes the initial values of all its parameters and buffers that have not been read yet. */
  materialize(): this {
    for (const [, member] of this.namedState()) void member.value;
    return this;
  }

  /**
   * Frees the memory of its parameters and buffers, and disposes of the modules inside it. It cannot be used afterwards;
   * further calls have no effect. A module that keeps other tensors overrides it, and calls `super.dispose()`.
   */
  dispose(): void {
    for (const [, child] of this.children()) child.dispose();
    for (const [, member] of [...this.members(Parameter), ...this.members(ModuleBuffer)]) member.dispose();
  }

  private namedState(): [string, Parameter | ModuleBuffer][] {
    const inner = this.children().flatMap(([name, child]) =>
      child
        .namedState()
        .map(([rest, member]): [string, Parameter | ModuleBuffer] => [join(name, rest), member]),
    );
    return [...this.members(Parameter), ...this.members(ModuleBuffer), ...inner];
  }

  private allMembers<T extends Parameter | ModuleBuffer>(kind: Kind<T>): [string, T][] {
    return this.namedModules().flatMap(([path, module]) =>
      module.members(kind).map(([name, member]): [string, T] => [join(path, name), member]),
    );
  }

  private members<T>(kind: Kind<T>): [string, T][] {
    return Object.entries(this)
      .filter((entry): entry is [string, T] => entry[1] instanceof kind)
      .map(([name, member]) => [toSnakeCase(name), member]);
  }
}

/** Options of {@link Module.loadStateDict}. */
export interface LoadStateDictOptions {
  /** Whether missing and unexpected names are an error (default true). */
  strict?: boolean;
}

/** Result of {@link Module.loadStateDict}. */
export interface LoadStateDictResult {
  /** Names that the module has and the dictionary lacks. */
  missing: string[];
  /** Names that the dictionary has and the module lacks. */
  unexpected: string[];
}

type Kind<T> = abstract new (...args: never[]) => T;

function toSnakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, (_, before, after) => `${before}_${after.toLowerCase()}`);
}

function join(outer: string, inner: string): string {
  return outer && inner ? `${outer}.${inner}` : outer || inner;
}

function describe(what: string, names: string[]): string {
  if (names.length === 0) return '';
  const shown = names
    .slice(0, 5)
    .map((name) => printable(name))
    .join(', ');
  return `${what} ${shown}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
}

/**
 * The innermost modules of a model, which have no modules inside them, in order.
 *
 * Source: fastai `layers.py`, `flatten_model`.
 */
export function flattenModel(model: Module): Module[] {
  return model.modules().filter((module) => module.children().length === 0);
}
