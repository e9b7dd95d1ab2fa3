import {
  ArgumentError,
  FileBudget,
  FileFormatError,
  type FileLimits,
  isCount,
  isRecord,
  type LoadStateDictResult,
  loadSafetensors,
  log,
  parseJson,
  printable,
  quoted,
  saveSafetensors,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { nonFiniteWeights, someOf } from '../numbers/finite.js';
import type { Hypers, OptimizerState, ParameterState } from '../optimizers/optimizer.js';
import { modelFile } from './modelFile.js';
import { ofFile } from './ofFile.js';

/** Options of {@link Learner.save}. */
export interface SaveOptions {
  /** Whether to also save the optimizer's state, if there is an optimizer (default true). */
  withOpt?: boolean;
}

/** Options of {@link Learner.load}. */
export interface LoadOptions extends FileLimits {
  /** Whether to also load the optimizer's state (default true). */
  withOpt?: boolean;
  /** Whether names missing from the model or the file are an error (default true). */
  strict?: boolean;
}

/**
 * Implements {@link Learner.save}.
 *
 * Source: fastai `learner.py`, `save_model`.
 */
export async function saveModel(
  learn: AnyLearner,
  file: string,
  { withOpt = true }: SaveOptions = {},
): Promise<string> {
  const path = modelFile(`${learn.path}/${learn.modelDir}`, file);
  const model = learn.model.stateDict();
  try {
    if (withOpt && learn.hasOpt) {
      const prefix = unusedPrefix([...model.keys()]);
      const { tensors, summary } = named(learn, learn.opt.stateDict(), prefix);
      const metadata = { optimizer: JSON.stringify(summary), optimizerPrefix: prefix };
      await saveSafetensors(path, new Map([...model, ...tensors]), metadata);
    } else await saveSafetensors(path, model);
  } finally {
    tf.dispose([...model.values()]);
  }
  const wrong = await nonFiniteWeights(learn.model);
  if (wrong.length > 0) log(`${path} was saved with weights that are NaN or infinite: ${someOf(wrong)}.`);
  return path;
}

/**
 * Implements {@link Learner.load}.
 *
 * Source: fastai `learner.py`, `load_model`.
 */
export async function loadModel(
  learn: AnyLearner,
  file: string,
  { withOpt = true, strict = true, maxBytes }: LoadOptions = {},
): Promise<void> {
  const path = modelFile(`${learn.path}/${learn.modelDir}`, file);
  const { tensors, metadata } = await loadSafetensors(path, { maxBytes });
  const { optimizer } = metadata;
  // Earlier files do not name the prefix.
  const prefix = metadata.optimizerPrefix ?? (optimizer === undefined ? undefined : 'optimizer.');
  const isOfOptimizer = (name: string) => prefix !== undefined && name.startsWith(prefix);
  const ofOptimizer = new Map(
    [...tensors]
      .filter(([name]) => isOfOptimizer(name))
      .map(([name, tensor]) => [name.slice(prefix!.length), tensor]),
  );
  const ofModel = new Map([...tensors].filter(([name]) => !isOfOptimizer(name)));
  try {
    const summary =
      withOpt && optimizer !== undefined ? ofFile(path, () => readSummary(optimizer, maxBytes)) : undefined;
    report(learn.model.loadStateDict(ofModel, { strict }), ofModel.size, path);
    if (!withOpt) return;
    if (!summary) log(`${path} has no optimizer state: the optimizer is unchanged.`);
    else if (loadOptimizer(learn, summary, ofOptimizer, path)) ofOptimizer.clear();
  } finally {
    tf.dispose([...ofModel.values(), ...ofOptimizer.values()]);
  }
}

/** A prefix for the optimizer's tensors with which no other name starts. */
function unusedPrefix(names: readonly string[]): string {
  let prefix = 'optimizer.';
  while (names.some((name) => name.startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}

/**
 * Logs what was not loaded.
 *
 * @param n The number of tensors in the file.
 */
function report({ missing, unexpected }: LoadStateDictResult, n: number, path: string): void {
  const loaded = n - unexpected.length;
  if (loaded === 0 && n > 0) {
    log(
      `Loaded nothing: ${path} has none of the model's tensors. Its names are like ${quoted(unexpected[0] ?? '')}, the model's like '${missing[0]}'.`,
    );
    return;
  }
  if (missing.length + unexpected.length === 0) return;
  const some = (names: readonly string[]) =>
    names
      .slice(0, 3)
      .map((name) => printable(name))
      .join(', ') + (names.length > 3 ? ', …' : '');
  const listed = (what: string, names: readonly string[]) =>
    names.length === 0 ? '' : ` ${what}: ${names.length} (${some(names)}).`;
  log(
    `Loaded ${loaded} tensors from ${path}.${listed('Missing in the file', missing)}${listed('Not in the model', unexpected)}`,
  );
}

/** A file's metadata on the optimizer. */
interface OptimizerSummary {
  hypers: Hypers[];
  /** Number of steps made, per parameter. */
  steps: Record<string, number>;
}

/** Reads a file's metadata on the optimizer, before anything is loaded. */
function readSummary(text: string, maxBytes: number | undefined): OptimizerSummary {
  const budget = new FileBudget(text.length, { maxBytes });
  const summary = parseJson(text, budget, "Its description of the optimizer's state");
  const { hypers, steps } = isRecord(summary) ? summary : {};
  if (areHypers(hypers) && areSteps(steps)) return { hypers, steps };
  throw new FileFormatError("Its description of the optimizer's state is invalid: save it again.");
}

function areHypers(value: unknown): value is Hypers[] {
  const isNumber = (one: unknown) => Number.isFinite(one);
  return (
    Array.isArray(value) && value.every((group) => isRecord(group) && Object.values(group).every(isNumber))
  );
}

function areSteps(value: unknown): value is Record<string, number> {
  return isRecord(value) && Object.values(value).every(isCount);
}

function named(
  learn: AnyLearner,
  { hypers, parameters }: OptimizerState,
  prefix: string,
): { tensors: Map<string, tf.Tensor>; summary: OptimizerSummary } {
  const tensors = new Map<string, tf.Tensor>();
  const steps: [name: string, step: number][] = [];
  parameterNames(learn).forEach((name, i) => {
    const state = parameters[i]!;
    steps.push([name, state.step]);
    for (const [kind, tensor] of Object.entries(state.tensors))
      tensors.set(`${prefix}${name}.${kind}`, tensor);
  });
  return { tensors, summary: { hypers, steps: Object.fromEntries(steps) } };
}

/** Whether the optimizer accepted the tensors. A file with a mismatched optimizer state can still be useful. */
function loadOptimizer(
  learn: AnyLearner,
  { hypers, steps }: OptimizerSummary,
  tensors: Map<string, tf.Tensor>,
  path: string,
): boolean {
  try {
    const byParameter = new Map<string, [kind: string, tensor: tf.Tensor][]>();
    for (const [key, tensor] of tensors) {
      const dot = key.lastIndexOf('.');
      const own = byParameter.get(key.slice(0, dot)) ?? [];
      own.push([key.slice(dot + 1), tensor]);
      byParameter.set(key.slice(0, dot), own);
    }
    const parameters = parameterNames(learn).map(
      (name): ParameterState => ({
        step: Object.hasOwn(steps, name) ? steps[name]! : 0,
        tensors: Object.fromEntries(byParameter.get(name) ?? []),
      }),
    );
    if (Object.keys(steps).length !== parameters.length) {
      throw new LearnerError('Its optimizer has different parameters.');
    }
    learn.opt.loadStateDict({ hypers, parameters });
    return true;
  } catch (error) {
    if (!(error instanceof LearnerError || error instanceof ArgumentError)) throw error;
    log(`Ignored the optimizer state in ${path}: ${error.message}`);
    return false;
  }
}

/** The names in the model of the optimizer's parameters, in the optimizer's order. */
function parameterNames(learn: AnyLearner): string[] {
  const names = new Map(learn.model.namedParameters().map(([name, parameter]) => [parameter, name]));
  return learn.opt.parameters.map((parameter, i) => names.get(parameter) ?? String(i));
}
