import { Lambda, OutOfMemoryError, Sequential } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { accuracy, Callback, CrossEntropyLossFlat, Learner, MixUpCB } from '../src/index.js';
import { smallData, smallNetwork, training } from './smallNetwork.js';

/** A layer that needs petabytes for a batch of more than 6 items. */
const greedy = () =>
  new Lambda((x) => {
    const n = x.shape[0]!;
    return n > 6 ? tf.slice(tf.tile(x, [2 ** 40, 1, 1, 1]), 0, n) : x;
  });

function learner(bs: number) {
  const learn = new Learner(smallData(bs), new Sequential(greedy(), smallNetwork(training.start)), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
    cbs: new MixUpCB(),
  });
  learn.logger = null;
  learn.showBar = false;
  return learn;
}

const tooLarge = expect.objectContaining({
  name: 'OutOfMemoryError',
  message: expect.stringMatching(
    /^A batch of (12|9) items does not fit into memory: A tensor .* needs .* of memory, of which .* are available\. Create the data with a smaller bs/,
  ),
  bytes: expect.any(Number),
  available: expect.any(Number),
});

test('a batch too large says how many bytes it needs and how many there are, and a smaller one goes on', async () => {
  const learn = learner(12);
  learn.opt; // created before memory is counted
  const before = tf.memory().numTensors;
  const error: unknown = await learn.fit(1).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(error).toEqual(tooLarge);
  expect((error as OutOfMemoryError).bytes).toBeGreaterThan(1e15);
  expect(tf.memory().numTensors).toBe(before);

  await expect(learn.validate()).rejects.toEqual(tooLarge);
  await expect(learn.getPreds()).rejects.toEqual(tooLarge);
  expect(tf.memory().numTensors).toBe(before);

  learn.dls = smallData(6);
  await learn.fit(1);
  expect(learn.recorder.values).toHaveLength(1);
  learn.dispose();
});

test.each([
  ['V8', 'RangeError', 'Array buffer allocation failed'],
  ['V8', 'RangeError', 'Invalid typed array length: 49152000000'],
  ['TensorFlow', 'Error', 'OOM when allocating tensor with shape[64,3]'],
  ['WebAssembly', 'RuntimeError', 'memory access out of bounds'],
  ['WebGPU', 'GPUOutOfMemoryError', 'Out of memory'],
])("%s's error is explained: %s: %s", async (_, name, message) => {
  class Fails extends Callback {
    override afterPred() {
      throw Object.assign(new Error(message), { name });
    }
  }
  const learn = learner(6);
  const error: unknown = await learn.fit(1, 1e-3, { cbs: new Fails() }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(OutOfMemoryError);
  expect(String(error)).toContain(`A batch of 6 items does not fit into memory: ${message}`);
  expect((error as Error).cause).toMatchObject({ name, message });
  learn.dispose();
});

test('other errors are not', async () => {
  class Fails extends Callback {
    override afterPred() {
      throw new RangeError('Invalid array of lengths');
    }
  }
  const learn = learner(6);
  await expect(learn.fit(1, 1e-3, { cbs: new Fails() })).rejects.toThrow(RangeError);
  learn.dispose();
});
