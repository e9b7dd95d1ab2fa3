import { currentEngine, nameOf, RegistryError, toConfig } from '@fastts/core';
import { DataLoaders, type Label } from '@fastts/data';
import type { AnyLearner } from '../../../learner.js';
import { totalParams } from '../../../summary/layerInfo.js';

/** The vocabulary is logged up to this number of classes. */
const MOST_CLASSES = 200;

/** The configuration of a fit: its hyperparameters, network and data, with fastai's names where it has them. */
export function fitConfig(learn: AnyLearner): Record<string, unknown> {
  const { dls, model, opt, lossFunc, optFunc, nEpoch, cbs } = learn;
  return {
    epochs: nEpoch,
    ...opt.hypers.at(-1),
    'loss function': nameOf(lossFunc),
    optimizer: nameOf(optFunc),
    architecture: described(model),
    callbacks: cbs.map(nameOf),
    'batch per epoch': dls.train.length,
    'model parameters': totalParams(model).total,
    device: currentEngine(),
    frozen: opt.frozenIdx > 0,
    'frozen idx': opt.frozenIdx,
    ...(dls instanceof DataLoaders && dataConfig(dls)),
  };
}

function dataConfig({ train, valid, vocab }: DataLoaders<unknown, unknown>): Record<string, unknown> {
  return {
    n_inp: train.dataset.nInp,
    'batch size': train.bs,
    'train items': train.n,
    'valid items': valid.n,
    ...(vocab.length > 0 && { classes: vocab.length, ...shortVocab(vocab) }),
    'dataset.blocks': train.dataset.kinds,
    'dls.after_item': [...train.afterItem].map(described),
    'dls.after_batch': [...train.afterBatch].map(described),
  };
}

function shortVocab(vocab: readonly Label[]): { vocab?: readonly Label[] } {
  return vocab.length <= MOST_CLASSES ? { vocab } : {};
}

/** Its class with its arguments if it is registered, otherwise its class. */
function described(value: object): unknown {
  try {
    return toConfig(value, nameOf(value));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    return nameOf(value);
  }
}
