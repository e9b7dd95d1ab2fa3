import { loadSafetensors, log, saveSafetensors } from '@fastts/core';
import * as tf from '@tensorflow/tfjs';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import type { Hypers, OptimizerState, ParameterState } from '../optimizers/optimizer.js';
import { modelFile } from './modelFile.js';

/** Settings of {@link Learner.save}. */
export interface SaveOptions {
  /** Save what the optimiser remembers too, if there is an optimiser (default true). */
  withOpt?: boolean;
}

/** Settings of {@link Learner.load}. */
export interface LoadOptions {
  /** Load what the optimiser remembered too (default true). */
  withOpt?: boolean;
  /** Whether names that the model or the file lacks are an error (default true). */
  strict?: boolean;
}

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Saves the model, and what the optimiser remembers, to `path/modelDir/file.safetensors`: whole or not at all.
     *
     * The model's tensors have PyTorch's names and layouts; those of the optimiser begin with `optimizer.`.
     *
     * Source: fastai `learner.py`, `save`.
     *
     * @returns the file's path
     */
    save(file: string, options?: SaveOptions): Promise<string>;
    /**
     * Loads what {@link save} saved.
     *
     * Source: fastai `learner.py`, `load`.
     *
     * @throws FasttsError when there is no such file; FileFormatError when it is damaged; StateDictError or ShapeError
     * when it does not fit the model
     */
    load(file: string, options?: LoadOptions): Promise<void>;
  }
}

const PREFIX = 'optimizer.';

Learner.prototype.save = async function (file, { withOpt = true } = {}) {
  const path = modelFile(`${this.path}/${this.modelDir}`, file);
  const model = this.model.stateDict();
  try {
    if (withOpt && this.hasOpt) {
      const { tensors, summary } = named(this, this.opt.stateDict());
      await saveSafetensors(path, new Map([...model, ...tensors]), { optimizer: JSON.stringify(summary) });
    } else await saveSafetensors(path, model);
  } finally {
    tf.dispose([...model.values()]);
  }
  return path;
};

Learner.prototype.load = async function (file, { withOpt = true, strict = true } = {}) {
  const path = modelFile(`${this.path}/${this.modelDir}`, file);
  const { tensors, metadata } = await loadSafetensors(path);
  const ofOptimizer = new Map([...tensors].filter(([name]) => name.startsWith(PREFIX)));
  const ofModel = new Map([...tensors].filter(([name]) => !name.startsWith(PREFIX)));
  try {
    this.model.loadStateDict(ofModel, { strict });
    if (!withOpt) return;
    if (!metadata.optimizer) log(`${path} has no optimiser state: the optimiser stays as it is.`);
    else if (loadOptimizer(this, metadata.optimizer, ofOptimizer, path)) ofOptimizer.clear();
  } finally {
    tf.dispose([...ofModel.values(), ...ofOptimizer.values()]);
  }
};

/** What a file says of the optimiser beside its tensors. */
interface OptimizerSummary {
  hypers: Hypers[];
  /** How many steps each parameter has made. */
  steps: Record<string, number>;
}

function named(
  learn: Learner,
  { hypers, parameters }: OptimizerState,
): { tensors: Map<string, tf.Tensor>; summary: OptimizerSummary } {
  const tensors = new Map<string, tf.Tensor>();
  const steps: Record<string, number> = {};
  parameterNames(learn).forEach((name, i) => {
    const state = parameters[i]!;
    steps[name] = state.step;
    for (const [kind, tensor] of Object.entries(state.tensors))
      tensors.set(`${PREFIX}${name}.${kind}`, tensor);
  });
  return { tensors, summary: { hypers, steps } };
}

/** Whether the optimiser took the tensors over. A file whose optimiser does not fit can still be of use. */
function loadOptimizer(learn: Learner, text: string, tensors: Map<string, tf.Tensor>, path: string): boolean {
  try {
    const { hypers, steps } = JSON.parse(text) as OptimizerSummary;
    const parameters = parameterNames(learn).map((name): ParameterState => {
      const own = [...tensors].filter(([key]) => key.slice(PREFIX.length, key.lastIndexOf('.')) === name);
      return {
        step: steps[name] ?? 0,
        tensors: Object.fromEntries(
          own.map(([key, tensor]) => [key.slice(key.lastIndexOf('.') + 1), tensor]),
        ),
      };
    });
    if (Object.keys(steps).length !== parameters.length) {
      throw new LearnerError('It is of an optimiser of other parameters.');
    }
    learn.opt.loadStateDict({ hypers, parameters });
    return true;
  } catch (error) {
    if (!(error instanceof LearnerError || error instanceof SyntaxError)) throw error;
    log(`The optimiser state in ${path} is left out: ${error.message}`);
    return false;
  }
}

/** The names in the model of the optimiser's parameters, in the optimiser's order. */
function parameterNames(learn: Learner): string[] {
  const names = new Map(learn.model.namedParameters().map(([name, parameter]) => [parameter, name]));
  return learn.opt.parameters.map((parameter, i) => names.get(parameter) ?? String(i));
}
