import { loadSafetensors, log, saveSafetensors } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import type { Hypers, OptimizerState, ParameterState } from '../optimizers/optimizer.js';
import { modelFile } from './modelFile.js';

/** Options of {@link Learner.save}. */
export interface SaveOptions {
  /** Whether to also save the optimizer's state, if there is an optimizer (default true). */
  withOpt?: boolean;
}

/** Options of {@link Learner.load}. */
export interface LoadOptions {
  /** Whether to also load the optimizer's state (default true). */
  withOpt?: boolean;
  /** Whether names missing from the model or the file are an error (default true). */
  strict?: boolean;
}

const PREFIX = 'optimizer.';

/** Implements {@link Learner.save}. */
export async function saveCheckpoint(
  learn: AnyLearner,
  file: string,
  { withOpt = true }: SaveOptions = {},
): Promise<string> {
  const path = modelFile(`${learn.path}/${learn.modelDir}`, file);
  const model = learn.model.stateDict();
  try {
    if (withOpt && learn.hasOpt) {
      const { tensors, summary } = named(learn, learn.opt.stateDict());
      await saveSafetensors(path, new Map([...model, ...tensors]), { optimizer: JSON.stringify(summary) });
    } else await saveSafetensors(path, model);
  } finally {
    tf.dispose([...model.values()]);
  }
  return path;
}

/** Implements {@link Learner.load}. */
export async function loadCheckpoint(
  learn: AnyLearner,
  file: string,
  { withOpt = true, strict = true }: LoadOptions = {},
): Promise<void> {
  const path = modelFile(`${learn.path}/${learn.modelDir}`, file);
  const { tensors, metadata } = await loadSafetensors(path);
  const ofOptimizer = new Map([...tensors].filter(([name]) => name.startsWith(PREFIX)));
  const ofModel = new Map([...tensors].filter(([name]) => !name.startsWith(PREFIX)));
  try {
    learn.model.loadStateDict(ofModel, { strict });
    if (!withOpt) return;
    if (!metadata.optimizer) log(`${path} has no optimizer state: the optimizer is unchanged.`);
    else if (loadOptimizer(learn, metadata.optimizer, ofOptimizer, path)) ofOptimizer.clear();
  } finally {
    tf.dispose([...ofModel.values(), ...ofOptimizer.values()]);
  }
}

/** A file's metadata on the optimizer. */
interface OptimizerSummary {
  hypers: Hypers[];
  /** Number of steps made, per parameter. */
  steps: Record<string, number>;
}

function named(
  learn: AnyLearner,
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

/** Whether the optimizer accepted the tensors. A file with a mismatched optimizer state can still be useful. */
function loadOptimizer(
  learn: AnyLearner,
  text: string,
  tensors: Map<string, tf.Tensor>,
  path: string,
): boolean {
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
      throw new LearnerError('Its optimizer has different parameters.');
    }
    learn.opt.loadStateDict({ hypers, parameters });
    return true;
  } catch (error) {
    if (!(error instanceof LearnerError || error instanceof SyntaxError)) throw error;
    log(`Ignored the optimizer state in ${path}: ${error.message}`);
    return false;
  }
}

/** The names in the model of the optimizer's parameters, in the optimizer's order. */
function parameterNames(learn: AnyLearner): string[] {
  const names = new Map(learn.model.namedParameters().map(([name, parameter]) => [parameter, name]));
  return learn.opt.parameters.map((parameter, i) => names.get(parameter) ?? String(i));
}
