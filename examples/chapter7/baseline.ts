import { accuracy, CrossEntropyLossFlat, Learner } from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './sections.js';

/** A batch of pictures, presized and augmented. */
export async function showBaseline({ getDls, bs, size, save }: Chapter): Promise<void> {
  const dls = await getDls(bs, size, { normalize: false });
  await save(await dls.showBatch({ maxN: 9 }), 'batch.png');
}

/** A model trained from scratch, with presizing and augmentation but nothing else. */
export async function baseline({
  getDls,
  arch,
  bs,
  size,
  epochs,
  fitOptions,
  save,
}: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size, { normalize: false });
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
  });
  await learn.fitOneCycle(epochs, 3e-3, fitOptions());

  await save(learn.recorder.plotLoss(), 'loss.png');
  return { learn, epochs };
}
