import { fromRecipe, type Json, log, Pipeline, RegistryError, type Transform, toRecipe } from '@fastts/core';
import type { TransformBlock } from '../blocks/transformBlock.js';
import { DataError } from '../errors.js';
import { DataLoader } from './dataLoader.js';
import { DataLoaders } from './dataLoaders.js';
import { Datasets, type Getter, itself } from './datasets.js';

/** What a file says of data: how an item becomes an input, and a prediction what it stands for. It has no items. */
export interface DataRecipe {
  readonly blocks: Json;
  readonly nInp: number;
  /** One a block: `null` for the item itself, and for one that is not registered. */
  readonly getters: readonly Json[];
  /** What the items are that the getters know; `null` for anything. */
  readonly itemKind: string | null;
  readonly typeTfms: Json;
  readonly itemTfms: Json;
  readonly batchTfms: Json;
  readonly bs: number;
}

/**
 * What a file says of the blocks and transforms of `dls`, with what they have learnt, such as the vocabulary.
 *
 * A `getX` that is not registered is left out, with a line that says so: items are then what it gives, such as paths.
 *
 * @throws RegistryError for a block or a transform that is not registered
 */
export function toDataRecipe({ valid }: DataLoaders<unknown, unknown>): DataRecipe {
  const { blocks, nInp, getters, typeTfms, itemKind } = valid.dataset;
  const getterRecipes = getters.map((getter, k) => getterRecipe(getter, k < nInp));
  const isWhole = getterRecipes.every((recipe, k) => recipe !== null || k >= nInp);
  return {
    blocks: blocks.map((block) => toRecipe(block, `The data's block '${block.kind}'`)),
    nInp,
    getters: getterRecipes,
    itemKind: isWhole ? (itemKind ?? null) : null,
    typeTfms: typeTfms.map((pipeline, k) => toRecipe([...pipeline], `typeTfms of '${blocks[k]!.kind}'`)),
    itemTfms: toRecipe([...valid.afterItem], 'itemTfms'),
    batchTfms: toRecipe([...valid.afterBatch], 'batchTfms'),
    bs: valid.bs,
  };
}

/**
 * Data loaders without items, whose `testDl` makes batches of any.
 *
 * @throws RegistryError for a name that is not registered; FileFormatError for arguments that do not fit
 */
export function fromDataRecipe(recipe: DataRecipe): DataLoaders<unknown, unknown> {
  const { nInp, bs } = recipe;
  const typeTfms = (fromRecipe(recipe.typeTfms) as Transform[][]).map((tfms) => new Pipeline(tfms));
  const getters = recipe.getters.map((getter, k) =>
    getter === null ? (k < nInp ? itself : noLabel) : (fromRecipe(getter) as Getter),
  );
  const blocks = fromRecipe(recipe.blocks) as TransformBlock[];
  const dataset = Datasets.empty({ blocks, nInp, getters, typeTfms, itemKind: recipe.itemKind ?? undefined });
  const train = new DataLoader<unknown, unknown>(dataset, {
    bs,
    afterItem: new Pipeline(fromRecipe(recipe.itemTfms) as Transform[]),
    afterBatch: new Pipeline(fromRecipe(recipe.batchTfms) as Transform[]),
  });
  return new DataLoaders([train, train.with({ dataset: dataset.valid })]);
}

function getterRecipe(getter: Getter, isInput: boolean): Json {
  if (getter === itself) return null;
  try {
    return toRecipe(getter, isInput ? 'getX' : 'getY');
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    if (isInput) log(`The file's items are what getX gives, since it cannot hold getX: ${error.message}`);
    return null;
  }
}

function noLabel(): never {
  throw new DataError(
    'The file does not say how items are labelled: their getY was not registered by named(name)(…) when it was written.',
  );
}
