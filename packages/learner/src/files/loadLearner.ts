import '@fastts/core/registered';
import '@fastts/data/registered';
import {
  ensureEngine,
  FileFormatError,
  type FileSource,
  fromConfig,
  loadSafetensors,
  type Module,
  type NotInferred,
  Pipeline,
  type Safetensors,
  sourceName,
} from '@fastts/core';
import {
  type DataLoaders,
  Datasets,
  fromDataConfig,
  itself,
  type Label,
  type TransformBlock,
} from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LearnerError } from '../errors.js';
import { Learner } from '../learner.js';
import type { LearnerOptions } from '../learnerOptions.js';
import { Callback } from '../loop/callback.js';
import type { Loss, LossFunction } from '../losses/loss.js';
import '../registered.js';
import { EXPORT_FORMAT, EXPORT_KEY, type ExportConfig, modelFrom } from './export.js';

/** Options of {@link loadLearner}: those of a `Learner` that are not in the file, such as `metrics` and `cbs`. */
export interface LoadLearnerOptions<Y = unknown> extends LearnerOptions<unknown, Y> {
  /**
   * The target block that the file's learner must have been trained with, such as `CategoryBlock()`: it determines the
   * types of predictions. If it specifies classes, they must match the file's. Default: any target, with
   * predictions of unknown type.
   */
  target?: TransformBlock;
}

/**
 * Loads a learner written by `learn.export`, ready to predict: with the validation transforms, the vocabulary and
 * the loss's activation. It works in Node and in browsers.
 *
 * A file contains no code: names are looked up in the local registry, so files from untrusted sources are safe
 * to load. To continue training, assign data with the same vocabulary: see the example.
 *
 * Source: fastai `learner.py`, `load_learner`.
 *
 * @param source The file's path, its URL, or its bytes: a browser fetches it, or reads it from a file input.
 * @throws RegistryError when the file names a component that is not registered.
 * @throws FileFormatError when the file is damaged, or was not written by `export`.
 * @throws LearnerError when the file's learner has a different target than `options.target`.
 * @example
 * const learn = await loadLearner('models/pets.safetensors', { target: CategoryBlock(), metrics: accuracy });
 * const [label, number, probabilities] = await learn.predict('cat.jpg');
 *
 * learn.dls = await new DataBlock({
 *   blocks: [ImageBlock(), CategoryBlock({ vocab: learn.dls.vocab, sort: false })], getItems: getImageFiles, …
 * }).dataloaders('more-pets');
 * await learn.fineTune(1);
 */
export async function loadLearner<Y extends tf.Tensor, V>(
  source: FileSource,
  options: LoadLearnerOptions<NotInferred<Y>> & { target: TransformBlock<Y, V> },
): Promise<Learner<unknown, Y, DataLoaders<unknown, Y, V>>>;
export async function loadLearner(
  source: FileSource,
  options?: LoadLearnerOptions,
): Promise<Learner<unknown, unknown>>;
export async function loadLearner(
  source: FileSource,
  { target, ...options }: LoadLearnerOptions = {},
): Promise<Learner<unknown, unknown>> {
  await ensureEngine();
  const { tensors, metadata } = await loadSafetensors(source);
  const name = sourceName(source) ?? 'The file';
  try {
    const { model, data, lossFunc, splitter } = readConfig(metadata, name);
    const dls = fromDataConfig(data);
    if (target) checkTarget(dls, target, name);
    const loss = lossFunc === null ? outputsOnly : fromConfig(lossFunc, isLoss, 'a loss');
    const learn = new Learner(dls, makeModel(model, tensors), {
      lossFunc: loss,
      ...(splitter !== null && { splitter: fromConfig(splitter, isSplitter, 'a splitter') }),
      ...options,
    });
    learn.addCbs(new NeedsData(dls));
    return learn;
  } finally {
    tf.dispose([...tensors.values()]);
  }
}

function checkTarget({ valid }: DataLoaders<unknown, unknown>, target: TransformBlock, name: string): void {
  const { blocks, nInp, vocab } = valid.dataset;
  const typeTfms = [new Pipeline(target.typeTfms())];
  const wanted = Datasets.empty({ blocks: [target], nInp: 0, getters: [itself], typeTfms }).vocab;
  const expected = targetText(target, wanted);
  // A block that does not specify classes accepts any.
  const found = blocks.slice(nInp).map((block) => targetText(block, wanted.length > 0 ? vocab : []));
  if (found.length === 1 && found[0] === expected) return;
  throw new LearnerError(
    `${name} has a learner with ${found.join(' and ') || 'no'} targets, not ${expected} targets: pass loadLearner the target that it was trained with.`,
  );
}

/** Identifies a kind of target, such as 'category' or 'regression' [2]. */
function targetText({ kind, itemShape = [] }: TransformBlock, vocab: readonly Label[]): string {
  const shape = itemShape.length > 0 ? ` [${itemShape}]` : '';
  return `'${kind}'${shape}${vocab.length > 0 ? ` (${vocab.join(', ')})` : ''}`;
}

function readConfig(metadata: Safetensors['metadata'], name: string): ExportConfig {
  const text = metadata[EXPORT_KEY];
  if (text === undefined) {
    throw new FileFormatError(
      `${name} contains only tensors, as written by learn.save: create the learner and call learn.load, or write the file with learn.export.`,
    );
  }
  const config = parsed(text, name);
  if (config.format > EXPORT_FORMAT) {
    throw new FileFormatError(`${name} was written by a newer version of fastts: update fastts to read it.`);
  }
  return config;
}

function parsed(text: string, name: string): ExportConfig {
  let config: Partial<ExportConfig> | null;
  try {
    config = JSON.parse(text);
  } catch {
    throw new FileFormatError(`${name} is damaged: its learner config is not valid JSON.`);
  }
  const { format, model, data } = config ?? {};
  if (typeof format === 'number' && model && data?.blocks && data.typeTfms) return config as ExportConfig;
  throw new FileFormatError(`${name} is damaged: its learner config lacks the model or the data.`);
}

function makeModel(config: ExportConfig['model'], tensors: Safetensors['tensors']): Module {
  const model = modelFrom(config);
  try {
    model.loadStateDict(tensors);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function isLoss(value: unknown): value is Loss | LossFunction {
  return typeof value === 'function' || (typeof value === 'object' && value !== null && 'forward' in value);
}

function isSplitter(value: unknown): value is NonNullable<LearnerOptions['splitter']> {
  return typeof value === 'function';
}

/** Replaces a loss that the file could not store. */
const outputsOnly: Loss = {
  forward() {
    throw new LearnerError(
      'The file does not contain the loss, which was not registered: assign learn.lossFunc.',
    );
  },
};

/** Throws when there is no training data, which would otherwise be an epoch without batches. */
class NeedsData extends Callback {
  static override readonly name: string = 'NeedsData';

  constructor(private readonly without: unknown) {
    super();
  }

  override beforeTrain(): void {
    if (this.learn.dls !== this.without) return;
    throw new LearnerError(
      'This learner was loaded from a file, which contains no training data: assign learn.dls, created with its vocabulary.',
    );
  }
}
