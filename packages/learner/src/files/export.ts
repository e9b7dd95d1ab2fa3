import {
  fromConfig,
  type Json,
  log,
  type Module,
  RegistryError,
  saveSafetensors,
  toConfig,
  withSeed,
} from '@fastts/core';
import { type DataConfig, DataLoaders, toDataConfig } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import type { AnyLearner } from '../learner.js';
import { modelFile } from './modelFile.js';

/** The key in a safetensors file's metadata at which its learner is described. */
export const EXPORT_KEY = 'fastts';

/** The version of {@link ExportConfig} that is written, and the newest that is read. */
export const EXPORT_FORMAT = 1;

/** What a file says of a learner, beside the model's tensors. */
export interface ExportConfig {
  readonly format: number;
  readonly model: Json;
  readonly data: DataConfig;
  /** `null` where the loss is not registered: predictions are then what the model gives. */
  readonly lossFunc: Json;
  /** `null` where the splitter is not registered: all parameters are then one group. */
  readonly splitter: Json;
}

/** Does what {@link Learner.export} says. */
export async function exportLearner(learn: AnyLearner, file = 'export'): Promise<string> {
  const { dls, model } = learn;
  if (!(dls instanceof DataLoaders)) {
    throw new LearnerError('export needs DataLoaders, which know how to make an input of an item.');
  }
  const config: ExportConfig = {
    format: EXPORT_FORMAT,
    model: toConfig(model, 'The model'),
    data: toDataConfig(dls),
    lossFunc: configOrNull(learn.lossFunc, 'lossFunc', 'predictions will be what the model gives'),
    splitter: configOrNull(learn.splitter, 'splitter', 'all parameters will be one group'),
  };
  checkMakesSame(config.model, model);
  const path = modelFile(learn.path, file);
  const state = model.stateDict();
  try {
    await saveSafetensors(path, state, { [EXPORT_KEY]: JSON.stringify(config) });
  } finally {
    tf.dispose([...state.values()]);
  }
  return path;
}

function configOrNull(value: unknown, what: string, otherwise: string): Json {
  try {
    return toConfig(value, what);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    log(`In what is loaded from the file, ${otherwise}: ${error.message}`);
    return null;
  }
}

/** Layers put into a model after its maker made it are not in the config: better to know now than when it is loaded. */
function checkMakesSame(config: Json, model: Module): void {
  const again = withSeed(0, () => fromConfig(config)) as Module;
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
    `The model is no longer what its maker makes: ${changed} is only in one of them. Make the change in a function or a class that is registered.`,
  );
}
