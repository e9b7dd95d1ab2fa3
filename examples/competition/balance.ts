import { balancedClassWeights, CrossEntropyLossFlat } from 'fastts';
import { type Competition, getDls, leafBlock, metrics } from './competition.js';
import { newLearner, trainModel } from './networks.js';
import { type Row, trial } from './scores.js';

/** Two remedies for unbalanced classes: rare diseases weigh more in the loss, or are seen more often. */
export async function balance(competition: Competition): Promise<Row[]> {
  return [
    await trial(competition, '+ class weights', () => classWeights(competition)),
    await trial(competition, '+ balanced sampling', () => balancedSampling(competition)),
  ];
}

async function classWeights(competition: Competition) {
  const { arch, size, epochs, train } = competition;
  const dls = await getDls(competition, size);
  const labels = train.map(({ disease }) => disease);
  const learn = await newLearner(arch, dls, {
    lossFunc: new CrossEntropyLossFlat({ weight: balancedClassWeights(labels, dls.vocab) }),
    metrics: metrics(),
  });
  await trainModel(arch, learn, epochs);
  return learn;
}

async function balancedSampling(competition: Competition) {
  const { arch, size, epochs, train, bs } = competition;
  const dls = await leafBlock(competition, size).weightedDataloaders(train, 'balanced', { bs });
  const learn = await newLearner(arch, dls, { lossFunc: new CrossEntropyLossFlat(), metrics: metrics() });
  await trainModel(arch, learn, epochs);
  return learn;
}
