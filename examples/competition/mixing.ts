import { type Callback, CrossEntropyLossFlat, CutMixCB, LabelSmoothingCrossEntropy, MixUpCB } from 'fastts';
import { type Competition, getDls, metrics } from './competition.js';
import { newLearner, trainModel } from './networks.js';
import { type Row, trial } from './scores.js';

/** Softer targets, which make a model less sure of itself: mixup, CutMix and label smoothing. They want more epochs. */
export async function mixing(competition: Competition): Promise<Row[]> {
  return [
    await trial(competition, '+ mixup', () => mixed(competition, new MixUpCB())),
    await trial(competition, '+ CutMix', () => mixed(competition, new CutMixCB())),
    await trial(competition, '+ label smoothing', () => smoothed(competition)),
  ];
}

async function mixed(competition: Competition, cbs: Callback) {
  const { arch, size, epochs } = competition;
  const dls = await getDls(competition, size);
  const learn = await newLearner(arch, dls, { lossFunc: new CrossEntropyLossFlat(), metrics: metrics() });
  await trainModel(arch, learn, epochs, { cbs });
  return learn;
}

async function smoothed(competition: Competition) {
  const { arch, size, epochs } = competition;
  const dls = await getDls(competition, size);
  const learn = await newLearner(arch, dls, {
    lossFunc: new LabelSmoothingCrossEntropy(),
    metrics: metrics(),
  });
  await trainModel(arch, learn, epochs);
  return learn;
}
