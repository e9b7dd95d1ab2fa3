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
import * as tf from '@tensorflow/tfjs';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
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

declare module '../learner.js' {
  interface Learner<X, Y, D> {
    /**
     * Writes all that predicting needs to `path/file.safetensors`, whole or not at all: the model, the vocabulary, the
     * transforms, the loss. `loadLearner` reads it.
     *
     * The file holds tensors, by PyTorch's names and in its layouts, and in its metadata a JSON text that names what is
     * registered, with its arguments; see `registered`. It holds no code, and no items.
     *
     * Source: fastai `learner.py`, `export`, whose file is a pickle.
     *
     * @param file the name within `path`, or an absolute path (default `export`)
     * @returns the file's path
     * @throws RegistryError when the model, a block or a transform is not registered; the message names it
     * @throws LearnerError when the data is no `DataLoaders`, or the model is no longer what its maker made
     */
    export(file?: string): Promise<string>;
  }
}

Learner.prototype.export = async function (file = 'export') {
  const { dls, model } = this;
  if (!(dls instanceof DataLoaders)) {
    throw new LearnerError('export needs DataLoaders, which know how to make an input of an item.');
  }
  const config: ExportConfig = {
    format: EXPORT_FORMAT,
    model: toConfig(model, 'The model'),
    data: toDataConfig(dls),
    lossFunc: configOrNull(this.lossFunc, 'lossFunc', 'predictions will be what the model gives'),
    splitter: configOrNull(this.splitter, 'splitter', 'all parameters will be one group'),
  };
  checkMakesSame(config.model, model);
  const path = modelFile(this.path, file);
  const state = model.stateDict();
  try {
    await saveSafetensors(path, state, { [EXPORT_KEY]: JSON.stringify(config) });
  } finally {
    tf.dispose([...state.values()]);
  }
  return path;
};

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
