import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '@fastts/testing/program';
import { repeatable } from '@fastts/testing/repeatable';

/** Cross-validates with checkpoints in the given folder, and prints the predictions and the metrics. */
const TRAINER = `
  import { BatchNorm1d, Dropout, Linear, named, ReLU, registered, Sequential, setQuiet, setSeed } from '@fastts/core';
  import { CategoryBlock, DataBlock, StratifiedKFold, TransformBlock } from '@fastts/data';
  import { accuracy, crossValidate, CrossEntropyLossFlat, Learner } from '@fastts/learner';
  import * as tf from '@tensorflow/tfjs-core';

  const RowBlock = registered('KilledRowBlock')(() => new TransformBlock({ kind: 'row', collate: (rows) => tf.tensor2d(rows) }));
  const network = registered('killedNetwork')(() =>
    new Sequential(new Linear(16, 256), new BatchNorm1d(256), new ReLU(), new Dropout(0.2), new Linear(256, 3)));
  const getX = named('killedX')((i) => Array.from({ length: 16 }, (_, k) => Math.sin(i * (k + 1))));
  const getY = named('killedY')((i) => 'abc'[i % 3]);

  async function main([dir]) {
    setQuiet(true);
    setSeed(11);
    const items = Array.from({ length: 120 }, (_, i) => i);
    const cv = await crossValidate(new StratifiedKFold(3, { y: getY }), {
      dir,
      learner: async ({ splitter }) => {
        const block = new DataBlock({ blocks: [RowBlock(), CategoryBlock()], getX, getY, splitter });
        const dls = await block.dataloaders(items, { bs: 16 });
        return new Learner(dls, network(), { lossFunc: new CrossEntropyLossFlat(), metrics: accuracy });
      },
      fit: async (learn, { checkpoints }) => {
        await learn.fitOneCycle(1, 3e-3, checkpoints('first'));
        await learn.fitOneCycle(1, 1e-3, checkpoints('second'));
      },
    });
    console.log(JSON.stringify({ preds: await cv.preds.array(), targs: await cv.targs.array(), metrics: cv.metrics }));
  }
  main(process.argv.slice(2));
`;

const KILLS = Number(process.env.FASTTS_KILLS ?? 6);

test(`a cross-validation that is killed at ${KILLS} random moments ends with the same predictions and metrics`, async () => {
  const trainer = await program(TRAINER, __dirname, 'builds');
  const folder = await mkdtemp(join(tmpdir(), 'fastts-folds-killed-'));
  try {
    const start = performance.now();
    const whole = await trainer.start([join(folder, 'whole')]).ended;
    if (whole.code !== 0) throw new Error(`The run failed: ${whole.errors}`);
    const longest = performance.now() - start;
    const random = repeatable(Date.now());
    let [kills, runs] = [0, 0];
    while (kills < KILLS) {
      const dir = join(folder, `run ${runs++}`);
      for (let ended = false; !ended; ) {
        const running = trainer.start([dir]);
        // Moments do not decide whether the test passes: each is a valid one.
        const timer = setTimeout(() => running.process.kill('SIGKILL'), random() * longest);
        const { signal, output, errors } = await running.ended;
        clearTimeout(timer);
        if (signal === 'SIGKILL') {
          kills++;
          continue;
        }
        if (errors) throw new Error(`A run failed: ${errors}`);
        expect(JSON.parse(output)).toEqual(JSON.parse(whole.output));
        ended = true;
      }
      expect((await readdir(dir)).sort()).toEqual(
        [0, 1, 2].flatMap((k) => [`fold${k}.predictions.safetensors`, `fold${k}.safetensors`]),
      );
    }
    if (process.env.FASTTS_KILLS) console.log(`killed ${kills} times; ${runs} runs went to the end.`);
  } finally {
    trainer.remove();
    await rm(folder, { recursive: true });
  }
});
