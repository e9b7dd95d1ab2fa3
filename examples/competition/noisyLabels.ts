import { BiTemperedLoss, type Loss, SymmetricCrossEntropy } from 'fastts';
import { type Competition, getDls, metrics } from './competition.js';
import { newLearner, trainModel } from './networks.js';
import { type Row, trial } from './scores.js';

/** Losses for labels of which some are wrong: unlike cross entropy, they do not let a wrong label count without limit. */
export async function noisyLabels(competition: Competition): Promise<Row[]> {
  return [
    await trial(competition, '+ bi-tempered loss', () =>
      withLoss(competition, new BiTemperedLoss({ t1: 0.8, t2: 1.2 })),
    ),
    await trial(competition, '+ symmetric cross entropy', () =>
      withLoss(competition, new SymmetricCrossEntropy()),
    ),
  ];
}

async function withLoss(competition: Competition, lossFunc: Loss) {
  const { arch, size, epochs } = competition;
  const learn = await newLearner(arch, await getDls(competition, size), { lossFunc, metrics: metrics() });
  await trainModel(arch, learn, epochs);
  return learn;
}
