import type { Module } from './module.js';

/**
 * The innermost modules of a model, which have no modules inside them, in order.
 *
 * Source: fastai `layers.py`, `flatten_model`.
 */
export function flattenModel(model: Module): Module[] {
  return model.modules().filter((module) => module.children().length === 0);
}
