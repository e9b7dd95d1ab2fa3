import { type Module, tensorsIn } from '@fastts/core';
import type { BatchItems } from '@fastts/data';
import type { AnyLearner } from '../learner.js';
import { describeWeights, nonFiniteRows, nonFiniteWeights, someOf } from './finite.js';

/** Which batch of a fit it was. */
export interface BatchPlace {
  readonly epoch: number;
  /** Its number in the pass, from 1. */
  readonly batch: number;
  /** Number of batches in the pass. */
  readonly batches: number;
  /** The learning rate of the last parameter group. */
  readonly lr: number;
  /** Its items; `null` if the source of batches does not provide them. */
  readonly items: BatchItems | null;
}

/** The current batch. */
export function currentPlace({ epoch, iter, nIter, opt, batchItems }: AnyLearner): BatchPlace {
  return { epoch, batch: iter + 1, batches: nIter, lr: opt.hypers.at(-1)!.lr!, items: batchItems };
}

/** A place in words, such as `batch 3 of 20 in epoch 0`. */
export function describePlace({ epoch, batch, batches }: BatchPlace): string {
  return `batch ${batch} of ${batches} in epoch ${epoch}`;
}

/** The names of a batch's items, such as paths. */
export function itemNames({ items }: BatchPlace): string[] {
  return Array.from({ length: items?.length ?? 0 }, (_, row) => items!.name(row));
}

/** The names of a batch's first items as a sentence; empty if they are not known. */
export function listItems(place: BatchPlace): string {
  const names = itemNames(place);
  return names.length > 0 ? `Items of the batch: ${someOf(names, 5)}.` : '';
}

/** The names of the items of rows. */
export type ItemNames = Pick<BatchItems, 'length' | 'name'>;

/** Tensors of a batch that may not be finite. */
export interface BatchValues {
  readonly what: 'input' | 'target';
  readonly value: unknown;
}

/** Why a batch's loss is not finite. */
export interface Cause {
  /** What has values that are not finite. */
  readonly where: 'weights' | 'input' | 'target';
  /** A sentence that says so, and what to do. */
  readonly text: string;
}

/**
 * Why a batch's loss or prediction is not finite; `null` if the model's weights and the batch's values are.
 *
 * @param model The model; `null` to examine the values only.
 * @param values The batch's tensors that can still be read, in the order in which to examine them.
 */
export async function causeOf(
  model: Module | null,
  items: ItemNames | null,
  values: readonly BatchValues[],
): Promise<Cause | null> {
  const weights = model ? await nonFiniteWeights(model) : [];
  if (weights.length > 0) return { where: 'weights', text: describeWeights(weights) };
  for (const { what, value } of values) {
    for (const tensor of tensorsIn(value)) {
      const rows = await nonFiniteRows(tensor);
      if (rows.size === 0) continue;
      const names = [...rows.keys()].map((row) => rowName(items, row));
      const [found] = rows.values();
      return {
        where: what,
        text: `The ${what} of ${someOf(names)} has the value ${found}: repair or remove ${rows.size === 1 ? 'this item' : 'these items'}, or check the transforms.`,
      };
    }
  }
  return null;
}

function rowName(items: ItemNames | null, row: number): string {
  return items && row < items.length ? items.name(row) : `row ${row} of the batch`;
}
