import { Dropout, Sequential } from '@fastts/core';
import { expectAllClose } from '@fastts/testing/allClose';
import { eachEngine } from '@fastts/testing/engines';
import * as tf from '@tensorflow/tfjs-core';
import {
  Callback,
  CrossEntropyLossFlat,
  FetchPredsCallback,
  Learner,
  MCDropoutCallback,
  SaveModelCallback,
} from '../src/index.js';
import { smallData, smallLearner, smallNetwork, training } from './smallNetwork.js';

eachEngine(() => {
  test('predictions are fetched after each validation, without changing what is recorded', async () => {
    const fetch = new FetchPredsCallback({ withInput: true, withDecoded: true });
    const plain = smallLearner();
    const learn = smallLearner({ cbs: fetch });
    const seen: boolean[] = [];
    class Watch extends Callback {
      override order = 1;
      override async afterValidate() {
        // The pass that fetches predictions fires events, too.
        if (fetch.preds.length === 0) return;
        const [inputs, preds, targets, decoded] = fetch.preds as tf.Tensor[];
        expect([inputs, preds, targets, decoded].map((tensor) => tensor!.shape)).toEqual([
          [9, 6, 6, 3],
          [9, 5],
          [9],
          [9],
        ]);
        seen.push(this.learn.cbs.includes(fetch) && this.learn.cbs.includes(this));
      }
    }
    await plain.fit(2, 0.05);
    await learn.fit(2, 0.05, { cbs: new Watch() });
    expect(learn.recorder.values).toEqual(plain.recorder.values);
    expect(learn.recorder.iters).toEqual([4, 8]);
    const [, preds] = fetch.preds as tf.Tensor[];
    const [same] = await learn.getPreds();
    expectAllClose(preds!, same);
    // Callbacks that were removed while predicting are restored.
    expect(seen).toEqual([true, true]);
  });

  test('fetched tensors are freed at the next validation, or when disposed of', async () => {
    // A callback that the learner does not have is not added.
    const fetch = new FetchPredsCallback({ split: 'train', cbs: new SaveModelCallback() });
    const learn = smallLearner({ cbs: fetch });
    await learn.fit(1);
    const before = tf.memory().numTensors;
    await learn.fit(3);
    await learn.validate();
    expect(tf.memory().numTensors).toBe(before);
    expect((fetch.preds[0] as tf.Tensor).shape).toEqual([24, 5]);
    expect(learn.cb(SaveModelCallback)).toBeUndefined();
    fetch.dispose();
    expect(tf.memory().numTensors).toBe(before - 2);
  });

  test('a separate prediction is not affected by FetchPredsCallback', async () => {
    const learn = smallLearner({ cbs: new FetchPredsCallback({ split: 'train' }) });
    const [preds] = await learn.getPreds();
    expect(preds.shape).toEqual([9, 5]);
  });

  test('Monte Carlo dropout drops in prediction, and only in runs to which it is added', async () => {
    const model = new Sequential(...smallNetwork(training.start), new Dropout(0.5));
    const learn = new Learner(smallData(), model, { lossFunc: new CrossEntropyLossFlat() });
    learn.logger = null;
    learn.showBar = false;
    const predict = async (...cbs: Callback[]) =>
      (await (await learn.getPreds({ cbs, act: (p) => p.clone() }))[0].array()) as number[][];
    const share = (rows: number[][]) => rows.flat().filter((value) => value === 0).length / 45;
    const [once, twice] = [await predict(new MCDropoutCallback()), await predict(new MCDropoutCallback())];
    expect(once).not.toEqual(twice);
    for (const passes of [once, twice]) {
      expect(share(passes)).toBeGreaterThan(0.2);
      expect(share(passes)).toBeLessThan(0.8);
    }
    expect(share(await predict())).toBe(0);
  });
});
