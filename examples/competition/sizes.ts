import { CrossEntropyLossFlat, ProgressiveResize } from 'fastts';
import { type Competition, getDls, metrics } from './competition.js';
import { newLearner, trainModel } from './networks.js';
import { type Row, trial } from './scores.js';

/** Progressive resizing: small pictures first, which are cheap, and large ones last, which show small spots. */
export async function sizes(competition: Competition): Promise<Row[]> {
  const names = competition.sizes.join(' → ');
  return [
    await trial(competition, `+ sizes ${names}`, () => sizeBySize(competition)),
    await trial(competition, '+ ProgressiveResize', () => progressiveResize(competition)),
  ];
}

/** By new data for the same learner: half of the epochs at the first size, and the others, at a lower rate, at the larger ones. */
async function sizeBySize(competition: Competition) {
  const { arch, sizes, epochs } = competition;
  const [first, ...larger] = sizes;
  const learn = await newLearner(arch, await getDls(competition, first!), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: metrics(),
  });
  await trainModel(arch, learn, Math.ceil(epochs / 2));
  for (const size of larger) {
    learn.dls = await getDls(competition, size);
    await trainModel(arch, learn, Math.max(1, Math.round(epochs / 2 / larger.length)), { lr: 2e-3 });
  }
  return learn;
}

/** By a callback: the data have the largest size, and training starts at half of it. */
async function progressiveResize(competition: Competition) {
  const { arch, sizes, epochs } = competition;
  const dls = await getDls(competition, sizes.at(-1)!);
  const learn = await newLearner(arch, dls, { lossFunc: new CrossEntropyLossFlat(), metrics: metrics() });
  await trainModel(arch, learn, epochs, { cbs: new ProgressiveResize() });
  return learn;
}
