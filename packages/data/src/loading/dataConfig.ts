import {
  FileFormatError,
  fromConfig,
  isCount,
  isPassedFunction,
  isRecord,
  type Json,
  log,
  Pipeline,
  RegistryError,
  Transform,
  toConfig,
} from '@fastts/core';
import { TransformBlock } from '../blocks/transformBlock.js';
import { DataError } from '../errors.js';
import { itself } from '../items/getters.js';
import type { Getter } from '../items/itemTypes.js';
import { DataLoader } from './dataLoader.js';
import { DataLoaders } from './dataLoaders.js';
import { Datasets } from './datasets.js';

/** The data's config in a file: how items become inputs and how predictions are decoded. It has no items. */
export interface DataConfig {
  readonly blocks: Json;
  readonly nInp: number;
  /** One per block: `null` for the item itself, and for a getter that is not registered. */
  readonly getters: readonly Json[];
  /** The kind of items that the getters read; `null` for any. */
  readonly itemKind: string | null;
  readonly typeTfms: Json;
  readonly itemTfms: Json;
  readonly batchTfms: Json;
  readonly bs: number;
}

/**
 * The config of the blocks and transforms of `dls`, with what they have learned, such as the vocabulary.
 *
 * A `getX` that is not registered is left out and logged: items are then its results, such as paths.
 *
 * @throws RegistryError when a block or a transform is not registered.
 */
export function toDataConfig({ valid }: DataLoaders<unknown, unknown>): DataConfig {
  const { blocks, nInp, getters, typeTfms, itemKind } = valid.dataset;
  const getterConfigs = getters.map((getter, k) => getterConfig(getter, k < nInp));
  const isWhole = getterConfigs.every((config, k) => config !== null || k >= nInp);
  return {
    blocks: blocks.map((block) => toConfig(block, `The data's block '${block.kind}'`)),
    nInp,
    getters: getterConfigs,
    itemKind: isWhole ? (itemKind ?? null) : null,
    typeTfms: typeTfms.map((pipeline, k) => toConfig([...pipeline], `typeTfms of '${blocks[k]!.kind}'`)),
    itemTfms: toConfig([...valid.afterItem], 'itemTfms'),
    batchTfms: toConfig([...valid.afterBatch], 'batchTfms'),
    bs: valid.bs,
  };
}

/**
 * Data loaders without items, whose `testDl` loads new ones.
 *
 * @throws RegistryError when a name is not registered; FileFormatError when arguments are invalid, or something else is there.
 */
export function fromDataConfig(config: unknown): DataLoaders<unknown, unknown> {
  checkParts(config);
  const { nInp, bs } = config;
  const typeTfms = fromConfig(config.typeTfms, areListsOfTransforms, 'the transforms of each block');
  const getters = config.getters.map((getter, k) =>
    getter === null ? (k < nInp ? itself : noLabel) : fromConfig(getter, isGetter, 'a getter'),
  );
  const blocks = fromConfig(config.blocks, areBlocks, 'blocks');
  if (typeTfms.length !== blocks.length || getters.length !== blocks.length) {
    throw new FileFormatError(
      `The file has ${blocks.length} blocks, but the transforms of ${typeTfms.length} and the getters of ${getters.length}.`,
    );
  }
  if (nInp > blocks.length) {
    throw new FileFormatError(`The file has ${blocks.length} blocks, of which ${nInp} are inputs.`);
  }
  const dataset = Datasets.empty({
    blocks,
    nInp,
    getters,
    typeTfms: typeTfms.map((tfms) => new Pipeline(tfms)),
    itemKind: config.itemKind ?? undefined,
  });
  const train = new DataLoader(dataset, {
    bs,
    afterItem: new Pipeline(fromConfig(config.itemTfms, areTransforms, 'item transforms')),
    afterBatch: new Pipeline(fromConfig(config.batchTfms, areTransforms, 'batch transforms')),
  });
  return new DataLoaders([train, train.with({ dataset: dataset.valid })]);
}

/** Checks the parts that are not themselves configs. */
function checkParts(config: unknown): asserts config is DataConfig {
  const { nInp, getters, itemKind, bs } = isRecord(config) ? config : {};
  const isWhole =
    isCount(nInp) && Array.isArray(getters) && (itemKind === null || typeof itemKind === 'string');
  if (isWhole && isCount(bs) && bs >= 1) return;
  throw new FileFormatError('The description of the data in the file is incomplete.');
}

function isListOf<T>(value: unknown, isOne: (part: unknown) => part is T): value is T[] {
  return Array.isArray(value) && value.every(isOne);
}

function areTransforms(value: unknown): value is Transform[] {
  return isListOf(value, (part) => part instanceof Transform);
}

function areListsOfTransforms(value: unknown): value is Transform[][] {
  return isListOf(value, areTransforms);
}

function areBlocks(value: unknown): value is TransformBlock[] {
  return isListOf(value, (part) => part instanceof TransformBlock);
}

function isGetter(value: unknown): value is Getter {
  return isPassedFunction(value);
}

function getterConfig(getter: Getter, isInput: boolean): Json {
  if (getter === itself) return null;
  try {
    return toConfig(getter, isInput ? 'getX' : 'getY');
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (isInput)
      log(`getX cannot be saved, so items for the loaded model are what getX returns: ${error.message}`);
    return null;
  }
}

function noLabel(): never {
  throw new DataError(
    'The file does not contain getY, so items cannot be labeled: register it by named(name)(…) before saving.',
  );
}
