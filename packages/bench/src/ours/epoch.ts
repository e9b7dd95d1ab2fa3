import {
  accuracy,
  augTransforms,
  CategoryBlock,
  CrossEntropyLossFlat,
  DataBlock,
  ImageBlock,
  IndexSplitter,
  imagenetStats,
  Learner,
  Normalize,
  parentLabel,
  Resize,
} from 'fastts';
import type { EpochTask } from '../tasks.js';
import type { Measured } from './measured.js';
import { makers } from './model.js';
import { TrainClock } from './trainClock.js';

/** Chapter 7's pipeline over the given files. The timed part is the epoch's training, from file to step. */
export async function epoch({ model: name, size, batchSize, files, vocab }: EpochTask): Promise<Measured> {
  // The first file is for the epoch's validation, which is not timed.
  const dataloaders = (some: string[]) =>
    new DataBlock({
      blocks: [ImageBlock(), CategoryBlock({ vocab })],
      getY: parentLabel,
      splitter: new IndexSplitter([0]),
      itemTfms: new Resize(460),
      batchTfms: [...augTransforms({ size, minScale: 0.75 }), Normalize.fromStats(imagenetStats)],
    }).dataloaders(some, { bs: batchSize });

  const clock = new TrainClock();
  const whole = await dataloaders(files);
  const learn = new Learner(
    await dataloaders(files.slice(0, batchSize + 1)),
    makers[name]({ nOut: vocab.length }),
    {
      lossFunc: new CrossEntropyLossFlat(),
      metrics: accuracy,
      cbs: clock,
    },
  );
  learn.logger = null;
  learn.showBar = false;
  const run = async () => {
    await learn.fitOneCycle(1, 3e-3);
    return { seconds: clock.seconds };
  };
  return {
    async warmUp() {
      const result = await run();
      learn.dls = whole;
      return result;
    },
    run,
    dispose: () => learn.model.dispose(),
  };
}
