import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileFormatError, loadSafetensors, saveSafetensors } from '@fastts/core';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { smallLearner } from './smallNetwork.js';

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'fastts-hostile-'));
});
afterEach(() => rm(path, { recursive: true }));

/** The files of a trained learner and of one with another description of the optimizer's state. */
async function saved(optimizer: (text: string) => string) {
  const learn = smallLearner({ path });
  await learn.fit(1);
  const { tensors, metadata } = await loadSafetensors(await learn.save('whole'));
  const changed = { ...metadata, optimizer: optimizer(metadata.optimizer!) };
  await saveSafetensors(join(path, 'models', 'changed.safetensors'), tensors, changed);
  tf.dispose([...tensors.values()]);
  return learn;
}

const weights = async (learn: Awaited<ReturnType<typeof saved>>) => [
  ...(await learn.model.parameters()[0]!.value.data()),
];

test.each([
  ['no JSON', () => '{'],
  ['nothing', () => 'null'],
  ['an empty text', () => ''],
  ['a list', () => '[]'],
  ['no hyperparameters', () => '{"steps":{}}'],
  ['hyperparameters that are none', () => '{"hypers":{},"steps":{}}'],
  ['groups that are none', () => '{"hypers":[null],"steps":{}}'],
  ['a rate that is a text', (text: string) => text.replace(/"lr":[^,}]*/, '"lr":"1"')],
  ['an infinite rate', (text: string) => text.replace(/"lr":[^,}]*/, '"lr":1e999')],
  ['steps that are none', () => '{"hypers":[],"steps":[]}'],
  ['a negative step', (text: string) => text.replace(/("steps":{"[^"]*":)\d+/, '$1-1')],
  ['half a step', (text: string) => text.replace(/("steps":{"[^"]*":)\d+/, '$10.5')],
  ['deep nesting', () => '['.repeat(100_000)],
])("a checkpoint whose optimizer's state has %s is refused, and nothing is loaded", async (_, optimizer) => {
  const learn = await saved(optimizer);
  await learn.fit(1);
  const before = [await weights(learn), tf.memory().numTensors];
  await expect(learn.load('changed')).rejects.toThrow(FileFormatError);
  await expect(learn.load('changed')).rejects.toThrow(/changed\.safetensors: /);
  expect([await weights(learn), tf.memory().numTensors]).toEqual(before);
  await learn.load('changed', { withOpt: false });
});

test("an optimizer's state out of its range or of other names is ignored, and said", async () => {
  for (const change of [
    (text: string) => text.replace(/"lr":[^,}]*/, '"lr":-1'),
    (text: string) => text.replace('"lr":', '"__proto__":'),
    (text: string) => text.replace('"steps":{', '"steps":{"__proto__":1,"constructor":2,'),
  ]) {
    const learn = await saved(change);
    const lines = await linesDuring(() => learn.load('changed'));
    expect(lines.join()).toMatch(/Ignored the optimizer state/);
    expect(Object.keys(Object.prototype)).toEqual([]);
  }
});

test('a checkpoint beyond the limit is refused, which can be raised', async () => {
  const learn = await saved((text) => text);
  await expect(learn.load('changed', { maxBytes: 1000 })).rejects.toThrow(/changed\.safetensors: .*maxBytes/);
  await learn.load('changed', { maxBytes: 1e8 });
});
