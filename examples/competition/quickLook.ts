import { CrossEntropyLossFlat, log, TrainTestSplitter } from 'fastts';
import { type Competition, getDls, metrics } from './competition.js';
import type { Leaf } from './layout.js';
import { newLearner, trainModel } from './networks.js';
import type { Row } from './scores.js';

/**
 * Quick experiments use a small part of the data, as the lesson advises: most of what is good for a fifth of the pictures is
 * good for all of them. Here, it finds a learning rate, and shows within seconds that everything runs.
 */
export async function quickLook(competition: Competition): Promise<Row[]> {
  const { arch, size, save } = competition;
  const fifth = new TrainTestSplitter<Leaf>({
    trainSize: 0.2,
    testSize: 0.1,
    stratify: ({ disease }) => disease,
    randomState: 42,
  });
  const dls = await getDls(competition, size, fifth);
  const learn = await newLearner(arch, dls, { lossFunc: new CrossEntropyLossFlat(), metrics: metrics() });

  const { valley } = await learn.lrFind();
  log(`lrFind suggests a learning rate of ${valley.toExponential(1)}.`);
  await save(learn.recorder.plotLrFind(), 'lrFind.png');

  await trainModel(arch, learn, 2);
  learn.dispose();
  return [];
}
