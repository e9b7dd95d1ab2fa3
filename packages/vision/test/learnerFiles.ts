import { encodeSafetensors, type Json, type Module, toConfig } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { SimpleCNN } from '../src/index.js';

/** A value that is made by `new` of a registered class. */
export const made = (name: string, ...args: Json[]): Json => ({ $new: name, args });

/** A value that is made by a call of a registered function. */
export const called = (name: string, ...args: Json[]): Json => ({ $call: name, args });

/** A small model, and the description of a learner of it as `learn.export` writes it. */
export const smallModel = (): Module => new SimpleCNN([3, 4, 2]);
export const smallConfig = {
  format: 1,
  model: toConfig(smallModel(), 'The model'),
  data: {
    blocks: [called('ImageBlock'), called('CategoryBlock')],
    nInp: 1,
    getters: [null, { $name: 'parentLabel' }],
    itemKind: null,
    typeTfms: [
      [made('OpenImage', 'rgb')],
      [made('Categorize', { vocab: ['blue', 'red'], sort: false, addNa: false })],
    ],
    itemTfms: [made('Resize', 12), made('DecodeImage')],
    batchTfms: [made('Normalize', { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] })],
    bs: 3,
  },
  lossFunc: made('CrossEntropyLossFlat'),
  splitter: { $name: 'trainableParams' },
} satisfies Json;

/** The bytes of a learner's file of this description, with a model's tensors. */
export async function learnerFile(config: unknown, model: Module = smallModel()): Promise<Uint8Array> {
  const state = model.stateDict();
  const text = typeof config === 'string' ? config : JSON.stringify(config);
  try {
    return await encodeSafetensors(state, { fastts: text });
  } finally {
    tf.dispose([...state.values()]);
    model.dispose();
  }
}
