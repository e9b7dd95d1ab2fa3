import '@fastts/core/registered';
import '@fastts/data/registered';
import {
  BuildBudget,
  checkInteger,
  ensureEngine,
  FileBudget,
  FileFormatError,
  type FileLimits,
  type FileSource,
  fromConfig,
  isPassedFunction,
  isRecord,
  type Json,
  loadSafetensors,
  Module,
  type NotInferred,
  Pipeline,
  parseJson,
  printable,
  type Safetensors,
  sourceName,
  withBuildBudget,
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
import { ofFile } from './ofFile.js';

/** Options of {@link loadLearner}: those of a `Learner` that are not in the file, such as `metrics` and `cbs`. */
export interface LoadLearnerOptions<Y = unknown> extends LearnerOptions<unknown, Y>, FileLimits {
  /**
   * The target block that the file's learner must have been trained with, such as `CategoryBlock()`: it determines the
   * types of predictions. If it specifies classes, they must match the file's. Default: any target, with
   * predictions of unknown type.
   */
  target?: TransformBlock;
  /**
   * Largest side of an image that a transform in the file may make, and of a window or a padding of a layer, in pixels
   * (default 8192).
   */
  maxImageSide?: number;
}

/**
 * Loads a learner written by `learn.export`, ready to predict: with the validation transforms, the vocabulary and
 * the loss's activation. It works in Node and in browsers.
 *
 * A file contains no code: names are looked up in the local registry, so files from untrusted sources are safe
 * to load. What a file may take is bounded by its size: the model that it describes is compared with its tensors before
 * any memory is allocated for it; `maxBytes` and `maxImageSide` raise the limits. To continue training, assign data with the same vocabulary: see the example.
 *
 * Source: fastai `learner.py`, `load_learner`.
 *
 * @param source The file's path, its URL, or its bytes: a browser fetches it, or reads it from a file input.
 * @throws RegistryError when the file names a component that is not registered.
 * @throws FileFormatError when the file is damaged, was not written by `export`, or is beyond the limits.
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
  { target, maxBytes, maxImageSide = 8192, ...options }: LoadLearnerOptions = {},
): Promise<Learner<unknown, unknown>> {
  checkInteger('maxImageSide', maxImageSide, { min: 1 });
  await ensureEngine();
  const { tensors, metadata } = await loadSafetensors(source, { maxBytes });
  const name = sourceName(source) ?? 'The file';
  try {
    const { dls, model, ...rest } = ofFile(name, () =>
      makeParts(tensors, metadata, { maxBytes, maxImageSide }),
    );
    try {
      if (target) checkTarget(dls, target, name);
      const learn = new Learner(dls, model, { ...rest, ...options });
      learn.addCbs(new NeedsData(dls));
      return learn;
    } catch (error) {
      model.dispose();
      throw error;
    }
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
    `${name} has a learner with ${printable(found.join(' and '), LONGEST_TARGETS) || 'no'} targets, not ${expected} targets: pass loadLearner the target that it was trained with.`,
  );
}

/** Maximum length of the file's targets in a message, since their vocabulary may be long. */
const LONGEST_TARGETS = 500;

/** Identifies a kind of target, such as 'category' or 'regression' [2]. */
function targetText({ kind, itemShape = [] }: TransformBlock, vocab: readonly Label[]): string {
  const shape = itemShape.length > 0 ? ` [${itemShape}]` : '';
  return `'${kind}'${shape}${vocab.length > 0 ? ` (${vocab.join(', ')})` : ''}`;
}

/** The parts of an {@link ExportConfig} that are not checked yet. */
type LearnerConfig = Record<'model' | 'data' | 'lossFunc' | 'splitter', Json>;

/** What the file describes: the data loaders, the model with its weights, and options of the learner. */
function makeParts(
  tensors: Safetensors['tensors'],
  metadata: Safetensors['metadata'],
  { maxBytes, maxImageSide }: FileLimits & { maxImageSide: number },
) {
  const elements = [...tensors.values()].reduce((sum, { size }) => sum + size, 0);
  const text = metadata[EXPORT_KEY] ?? '';
  const budget = new FileBudget(4 * elements + text.length, { maxBytes });
  const { model, data, lossFunc, splitter } = readConfig(metadata, budget);
  return withBuildBudget(new BuildBudget({ budget, maxImageSide }), () => ({
    dls: fromDataConfig(data),
    lossFunc: lossFunc === null ? outputsOnly : fromConfig(lossFunc, isLoss, 'a loss'),
    ...(splitter !== null && { splitter: fromConfig(splitter, isSplitter, 'a splitter') }),
    model: makeModel(model, tensors),
  }));
}

function readConfig(metadata: Safetensors['metadata'], budget: FileBudget): LearnerConfig {
  const text = metadata[EXPORT_KEY];
  if (text === undefined) {
    throw new FileFormatError(
      'The file contains only tensors, as written by learn.save: create the learner and call learn.load, or write the file with learn.export.',
    );
  }
  const config = parseJson(text, budget, 'Its learner config');
  if (!isRecord(config) || typeof config.format !== 'number') {
    throw new FileFormatError('Its learner config lacks the format.');
  }
  if (config.format > EXPORT_FORMAT) {
    throw new FileFormatError('It was written by a newer version of fastts: update fastts to read it.');
  }
  const { model, data, lossFunc, splitter } = config;
  if (!model || !isRecord(data) || lossFunc === undefined || splitter === undefined) {
    throw new FileFormatError('Its learner config lacks the model, the data, the loss or the splitter.');
  }
  return { model, data, lossFunc, splitter };
}

function makeModel(config: Json, tensors: Safetensors['tensors']): Module {
  const model = modelFrom(config);
  model.loadStateDict(tensors);
  return model;
}

function isLoss(value: unknown): value is Loss | LossFunction {
  if (isPassedFunction(value)) return true;
  // A model has a forward too, and a plain object in the file may have anything under that name.
  if (typeof value !== 'object' || value === null || value instanceof Module) return false;
  return (
    Object.getPrototypeOf(value) !== Object.prototype && typeof Reflect.get(value, 'forward') === 'function'
  );
}

function isSplitter(value: unknown): value is NonNullable<LearnerOptions['splitter']> {
  return isPassedFunction(value);
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
