import {
  encodeSafetensors,
  fromConfig,
  isNode,
  type Json,
  log,
  Module,
  RegistryError,
  toConfig,
  withSeed,
  writeFileWhole,
} from '@fastts/core';
import { type DataConfig, DataLoaders, toDataConfig } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError, NonFiniteError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { describeWeights, nonFiniteWeights } from '../numbers/finite.js';
import { modelFile } from './modelFile.js';
import { offerDownload } from './offerDownload.js';

/** The metadata key of the learner's config in a safetensors file. */
export const EXPORT_KEY = 'fastts';

/** The version of {@link ExportConfig} that is written, and the newest that can be read. */
export const EXPORT_FORMAT = 1;

/** The learner's config in a file, in addition to the model's tensors. */
export interface ExportConfig {
  readonly format: number;
  readonly model: Json;
  readonly data: DataConfig;
  /** `null` if the loss is not registered: predictions are then the model's raw outputs. */
  readonly lossFunc: Json;
  /** `null` if the splitter is not registered: all parameters are then one group. */
  readonly splitter: Json;
}

/** Implements {@link Learner.export}. */
export async function exportLearner(learn: AnyLearner, file = 'export'): Promise<string> {
  if (!isNode()) return offerDownload(modelFile('.', file).split(/[/\\]/).at(-1)!, await exportBlob(learn));
  const path = modelFile(learn.path, file);
  await writeFileWhole(path, await encodeLearner(learn));
  return path;
}

/** Implements {@link Learner.exportBlob}. */
export async function exportBlob(learn: AnyLearner): Promise<Blob> {
  // A blob cannot be made of memory that may be shared, as the type of the bytes allows.
  return new Blob([Uint8Array.from(await encodeLearner(learn))]);
}

/**
 * The config of a learner's file: all of it but the tensors.
 *
 * @throws RegistryError naming the model, block or transform that is not registered.
 * @throws LearnerError when the data is not a `DataLoaders`, or the model was changed after its factory created it.
 */
export function describeLearner(learn: AnyLearner): ExportConfig {
  const { dls, model } = learn;
  if (!(dls instanceof DataLoaders)) {
    throw new LearnerError('export requires DataLoaders, which can convert an item to an input.');
  }
  const config: ExportConfig = {
    format: EXPORT_FORMAT,
    model: toConfig(model, 'The model'),
    data: toDataConfig(dls),
    lossFunc: configOrNull(learn.lossFunc, 'lossFunc', "predictions are the model's raw outputs"),
    splitter: configOrNull(learn.splitter, 'splitter', 'all parameters are one group'),
  };
  checkRecreates(config.model, model);
  return config;
}

/** The bytes of a learner's file. */
async function encodeLearner(learn: AnyLearner): Promise<Uint8Array> {
  const config = describeLearner(learn);
  const { model } = learn;
  const wrong = await nonFiniteWeights(model);
  if (wrong.length > 0) {
    throw new NonFiniteError(
      `${describeWeights(wrong)} It was not exported; learn.save keeps it for debugging.`,
    );
  }
  const state = model.stateDict();
  try {
    return await encodeSafetensors(state, { [EXPORT_KEY]: JSON.stringify(config) });
  } finally {
    tf.dispose([...state.values()]);
  }
}

function configOrNull(value: unknown, what: string, otherwise: string): Json {
  try {
    return toConfig(value, what);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    log(`In the loaded learner, ${otherwise}: ${error.message}`);
    return null;
  }
}

/** Recreates a model, whose initial values do not matter. */
export function modelFrom(config: Json): Module {
  const isModule = (value: unknown): value is Module => value instanceof Module;
  return withSeed(0, () => fromConfig(config, isModule, 'a model'));
}

/** Layers added after the model's factory created it are missing from the config: fail at export, not at loading. */
function checkRecreates(config: Json, model: Module): void {
  const again = modelFrom(config);
  const [made, own] = [again, model].map((module) =>
    [...module.namedParameters(), ...module.namedBuffers()].map(
      ([name, { shape }]) => `${name} of shape [${shape}]`,
    ),
  );
  again.dispose();
  const changed =
    own!.find((tensor) => !made!.includes(tensor)) ?? made!.find((tensor) => !own!.includes(tensor));
  if (changed === undefined) return;
  throw new LearnerError(
    `The model was changed after its factory created it: ${changed} exists in only one of the two. Make the change in a registered function or class.`,
  );
}
