import type { Module } from '@fastts/core';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import { layerInfo, ranger } from '../src/index.js';
import { fixture, groups, smallData, smallLearner } from './smallNetwork.js';

interface Said {
  rows: { type: string; parameters: number; trainable: boolean | null; shape: number[] }[];
  said: string[];
}

const wanted = fixture<{ fresh: Said; frozen: Said }>('summary');

eachEngine(() => {
  test.each([
    ['fresh', false],
    ['frozen', true],
  ] as const)('layers, shapes and parameters agree with fastai: %s', async (name, isFrozen) => {
    const learn = smallLearner({ splitter: groups });
    if (isFrozen) learn.freeze();
    const { rows, said } = wanted[name];
    const infos = await layerInfo(learn.model, async () => {
      learn.model.eval();
      tf.dispose(learn.model.forward(tf.zeros([1, 6, 6, 3])));
    });
    expect(infos).toEqual(rows.map(({ shape, ...rest }) => ({ ...rest, outputShape: shape })));
    const text = await learn.summary();
    for (const line of said) expect(text).toContain(line.replace('6 x 3 x 6 x 6', '6 x 6 x 6 x 3'));
  });
});

test('the summary is a table that ends with the optimizer, the loss and the callbacks', async () => {
  const learn = smallLearner({ optFunc: ranger });
  await learn.fit(1);
  const lines = (await learn.summary()).split('\n');
  expect(lines.slice(2, 9)).toEqual([
    'Layer (type)         Output Shape         Param #    Trainable',
    '='.repeat(76),
    '                     6 x 3 x 3 x 4',
    'Conv2d                                    108        true',
    'BatchNorm2d                               8          true',
    'ReLU',
    '_'.repeat(76),
  ]);
  expect(lines).toContain('Optimizer used: ranger');
  expect(lines).toContain('Loss function: CrossEntropyLossFlat');
  expect(lines).toContain('Model unfrozen');
  expect(lines.slice(lines.indexOf('Callbacks:') + 1)).toEqual([
    '  - TrainEvalCallback',
    '  - TerminateOnNaNCallback',
    '  - OutputCheck',
    '  - TargetCheck',
    '  - Recorder',
    '  - ProgressCallback',
    '  - InterruptCallback',
  ]);
});

test('it does not change the model or the records, and leaks no tensor', async () => {
  const learn = smallLearner();
  await learn.fit(1);
  const forwards = () => learn.model.modules().map((module: Module) => module.forward);
  const [before, tensors, losses] = [forwards(), tf.memory().numTensors, [...learn.recorder.losses]];
  await learn.summary();
  expect(forwards()).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(learn.recorder.losses).toEqual(losses);
});

test('without training data it is an error that says what is missing', async () => {
  const learn = smallLearner();
  learn.dls = { ...smallData(), train: [] };
  await expect(learn.summary()).rejects.toThrow(/needs a batch of training data/);
});
