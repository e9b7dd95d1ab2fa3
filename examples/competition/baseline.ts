import { CrossEntropyLossFlat, log } from 'fastts';
import { type Competition, getDls, metrics } from './competition.js';
import { newLearner, trainModel } from './networks.js';
import { type Row, scoreModel } from './scores.js';

/** A first model with nothing but augmentation, to which the others are compared; and its predictions with TTA. */
export async function baseline(competition: Competition): Promise<Row[]> {
  const { arch, size, epochs } = competition;
  log('\n## baseline');
  const start = performance.now();
  const dls = await getDls(competition, size);
  const learn = await newLearner(arch, dls, { lossFunc: new CrossEntropyLossFlat(), metrics: metrics() });
  await trainModel(arch, learn, epochs);
  const seconds = (performance.now() - start) / 1000;

  const rows = [
    { step: 'baseline', seconds, ...(await scoreModel(competition, learn)) },
    { step: '+ TTA', ...(await scoreModel(competition, learn, { tta: true })) },
  ];
  learn.dispose();
  return rows;
}
