import * as core from '@fastts/core';
import { FileFormatError, type Json, nameOf, RegistryError, setQuiet, useEngine } from '@fastts/core';
import * as data from '@fastts/data';
import * as learner from '@fastts/learner';
import { loadLearner } from '@fastts/learner';
import { edited, edits, hostileJson, replaced, replacements } from '@fastts/testing/hostile';
import { peakBytes } from '@fastts/testing/peakBytes';
import { testProperty } from '@fastts/testing/property';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { registeredName } from '../../core/src/registry/registry.js';
import * as vision from '../src/index.js';
import { learnerFile, smallConfig } from './learnerFiles.js';

let valid: Uint8Array;
beforeAll(async () => {
  await useEngine('cpu');
  setQuiet(true);
  valid = await learnerFile(smallConfig);
});
afterAll(() => setQuiet(false));

/** A file is loaded or refused by one of two errors, nothing is left of it, and its tensors are within its limits. */
async function survives(file: Uint8Array): Promise<void> {
  const before = tf.memory().numTensors;
  const fetched = jest.spyOn(globalThis, 'fetch');
  let error: unknown;
  const taken = await peakBytes(async () => {
    try {
      (await loadLearner(file)).model.dispose();
    } catch (thrown) {
      error = thrown;
    }
  });
  if (error !== undefined && !(error instanceof RegistryError)) {
    if (!(error instanceof FileFormatError)) throw error;
    expect(error.message.length).toBeLessThan(2000);
  }
  expect(fetched).not.toHaveBeenCalled();
  fetched.mockRestore();
  expect(taken).toBeLessThanOrEqual(16 * file.length + 64 * 2 ** 20);
  expect(tf.memory().numTensors).toBe(before);
  expect(Object.keys(Object.prototype)).toEqual([]);
}

/** Every name that a file can have. */
const names = Object.values<unknown>({ ...core, ...data, ...learner, ...vision }).flatMap((value) => {
  const name = typeof value === 'function' ? registeredName(value as () => unknown) : undefined;
  return name === undefined ? [] : [name];
});

/** Any value that a file can describe: of any registered class or function with any arguments. */
const described: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown; config: unknown }>((tie) => ({
  config: fc.oneof(
    { depthSize: 'small' },
    { arbitrary: fc.constantFrom(...names).map(($name) => ({ $name })), weight: 1 },
    {
      arbitrary: fc
        .tuple(
          fc.constantFrom('$new', '$call'),
          fc.constantFrom(...names),
          fc.array(tie('value'), { maxLength: 4 }),
        )
        .map(([kind, name, args]) => ({ [kind]: name, args })),
      weight: 4,
    },
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    { arbitrary: fc.constantFrom<unknown>(1, 2, 3, 4, 8, [1, 1], true, null), weight: 4 },
    { arbitrary: hostileJson, weight: 2 },
    { arbitrary: tie('config'), weight: 3 },
  ),
})).config;

testProperty('a learner file with any bytes changed is loaded or refused', [edits], (changes) =>
  survives(edited(valid, changes)),
);

testProperty(
  'a learner file with any part of its description changed is loaded or refused',
  [replacements(fc.oneof(hostileJson, described))],
  async (changes) => survives(await learnerFile(replaced(smallConfig, changes))),
);

testProperty('any model in a learner file is loaded or refused', [described], async (model) =>
  survives(await learnerFile({ ...smallConfig, model: model as Json })),
);

testProperty(
  'any transforms and blocks in a learner file are loaded or refused',
  [described, described, described, described],
  async (block, typeTfm, itemTfm, batchTfm) => {
    const blocks = [smallConfig.data.blocks[0], block];
    const typeTfms = [[], [typeTfm]];
    const changed = { ...smallConfig.data, blocks, typeTfms, itemTfms: [itemTfm], batchTfms: [batchTfm] };
    await survives(await learnerFile({ ...smallConfig, data: changed }));
  },
);

test('names are known', () => {
  expect(names.length).toBeGreaterThan(120);
  expect(nameOf(vision.Resize)).toBe('Resize');
});
