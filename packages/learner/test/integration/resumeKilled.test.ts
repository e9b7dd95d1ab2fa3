import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Program, program } from '@fastts/testing/program';
import { repeatable } from '@fastts/testing/repeatable';

/** Trains with checkpoints in the given folder, and prints the weights' digest and the table. */
const TRAINER = `
  import { createHash } from 'node:crypto';
  import { BatchNorm1d, Dropout, Linear, ReLU, Sequential, setQuiet, setSeed, Transform } from '@fastts/core';
  import { CategoryBlock, DataBlock, RandomSplitter, TransformBlock } from '@fastts/data';
  import { accuracy, CheckpointCallback, CrossEntropyLossFlat, Learner, MixUpCB, SaveModelCallback } from '@fastts/learner';
  import * as tf from '@tensorflow/tfjs-core';

  class Noise extends Transform {
    split = 'train';
    kinds = ['row'];
    draw({ rng }) { return rng.normal(); }
    encodes(row, { draw }) { return row.map((value) => value + 0.1 * draw); }
  }

  async function main([method, dir]) {
    setQuiet(true);
    setSeed(11);
    const items = Array.from({ length: 200 }, (_, i) => i);
    const dls = await new DataBlock({
      blocks: [new TransformBlock({ kind: 'row', collate: (rows) => tf.tensor2d(rows), itemTfms: [new Noise()] }), CategoryBlock()],
      getX: (i) => Array.from({ length: 16 }, (_, k) => Math.sin(i * (k + 1))),
      getY: (i) => 'abc'[i % 3],
      splitter: new RandomSplitter(),
    }).dataloaders(items, { bs: 16 });
    const model = new Sequential(new Linear(16, 512), new BatchNorm1d(512), new ReLU(), new Dropout(0.2), new Linear(512, 512), new ReLU(), new Linear(512, 3));
    const learn = new Learner(dls, model, {
      lossFunc: new CrossEntropyLossFlat(), metrics: accuracy, path: dir, cbs: new MixUpCB(),
      splitter: (m) => [m.children().slice(0, 2).flatMap(([, c]) => c.parameters()), m.children().slice(2).flatMap(([, c]) => c.parameters())],
    });
    learn.showBar = false;
    learn.logger = null;
    const cbs = [new CheckpointCallback(dir + '/run', { everyBatches: 1 }), new SaveModelCallback()];
    console.log('training');
    await learn[method](2, 3e-3, { cbs, resume: dir + '/run' });
    const hash = createHash('sha256');
    for (const [name, tensor] of learn.model.stateDict()) hash.update(name).update(new Uint8Array(tensor.dataSync().slice().buffer));
    const { values, losses, lrs } = learn.recorder;
    console.log(JSON.stringify({ weights: hash.digest('hex'), values, losses, lrs }));
  }
  main(process.argv.slice(2));
`;

const KILLS = Number(process.env.FASTTS_KILLS ?? 8);

let trainer: Program;
let folder: string;
beforeAll(async () => {
  trainer = await program(TRAINER, __dirname, 'builds');
});
afterAll(() => trainer.remove());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fastts-killed-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** The last line of a run that was not killed. */
async function whole(method: string, dir: string): Promise<unknown> {
  const { output, errors, code } = await trainer.start([method, dir]).ended;
  if (code !== 0) throw new Error(`The run failed: ${errors}`);
  return JSON.parse(output.trim().split('\n').at(-1)!);
}

test.each(['fitOneCycle', 'fineTune'])(
  `%s that is killed at ${KILLS} random moments ends with the same weights and values`,
  async (method) => {
    const start = performance.now();
    const expected = await whole(method, join(folder, 'whole'));
    const longest = performance.now() - start;
    const random = repeatable(Date.now());
    let [kills, whileSaving, runs] = [0, 0, 0];
    while (kills < KILLS) {
      const dir = join(folder, `run ${runs++}`);
      for (let ended = false; !ended; ) {
        const running = trainer.start([method, dir]);
        // Moments do not decide whether the test passes: each is a valid one.
        const timer = setTimeout(() => running.process.kill('SIGKILL'), random() * longest);
        const { signal, output, errors } = await running.ended;
        clearTimeout(timer);
        if (signal === 'SIGKILL') {
          kills++;
          const files = await readdir(join(dir, 'run')).catch(() => []);
          if (files.some((name) => name.endsWith('.part'))) whileSaving++;
          continue;
        }
        if (errors) throw new Error(`A run failed: ${errors}`);
        expect(JSON.parse(output.trim().split('\n').at(-1)!)).toEqual(expected);
        ended = true;
      }
      expect((await readdir(join(dir, 'run'))).filter((name) => !name.endsWith('.safetensors'))).toEqual([]);
    }
    if (process.env.FASTTS_KILLS) {
      console.log(
        `${method}: killed ${kills} times, ${whileSaving} of them while saving; ${runs} runs went to the end.`,
      );
    }
  },
);
