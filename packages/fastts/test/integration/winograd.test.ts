import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { nativeStatus } from '@fastts/native';

/** The training and validation losses of a few training steps, with the built packages. */
const program = `
const { Callback, CrossEntropyLossFlat, Learner, setSeed, tf, useEngine, xresnet18 } = require('fastts');
(async () => {
  await useEngine('native');
  setSeed(42);
  const x = tf.randomNormal([16, 64, 64, 3], 0, 1, 'float32', 1);
  const y = tf.tensor1d(Array.from({ length: 16 }, (_, i) => i % 4), 'int32');
  const batches = (length) => ({
    length,
    *[Symbol.iterator]() {
      for (let i = 0; i < length; i++) yield [x.clone(), y.clone()];
    },
  });
  const losses = [];
  class Watch extends Callback {
    afterBatch() {
      losses.push(this.learn.loss.dataSync()[0]);
    }
  }
  const learn = new Learner({ train: batches(8), valid: batches(1) }, xresnet18({ nOut: 4 }), {
    lossFunc: new CrossEntropyLossFlat(),
    cbs: new Watch(),
  });
  learn.logger = null;
  learn.showBar = false;
  await learn.fit(1, 1e-3);
  console.log(JSON.stringify(losses));
})();
`;

function losses(winograd: string): number[] {
  const root = path.resolve(__dirname, '../../../..');
  const env = { ...process.env, FASTTS_WINOGRAD: winograd };
  const out = execFileSync(process.execPath, ['-e', program], { cwd: root, env, encoding: 'utf8' });
  return JSON.parse(out.trim().split('\n').at(-1)!);
}

(nativeStatus().available ? test : test.skip)(
  'a model trains alike whether 3×3 convolutions are computed by Winograd or directly',
  () => {
    const [fast, direct] = [losses('1'), losses('0')];
    expect(fast).toHaveLength(9);
    // Rounding shows that another algorithm was used.
    expect(fast).not.toEqual(direct);
    const [training, validation] = [direct.slice(0, -1), direct.at(-1)!];
    // A small loss is a difference of large logits, so errors are measured relative to the first loss.
    // Over seeds 1, 2, 3 and 42 they are at most 2.2e-5 of it.
    for (const [i, loss] of training.entries())
      expect(Math.abs(fast[i]! - loss)).toBeLessThan(1e-4 * training[0]!);
    // Running statistics of eight batches are far from converged, which magnifies errors: up to 0.6% for these seeds.
    expect(Math.abs(fast.at(-1)! / validation - 1)).toBeLessThan(0.05);
    expect(fast.at(-2)!).toBeLessThan(fast[0]! / 2);
  },
);
