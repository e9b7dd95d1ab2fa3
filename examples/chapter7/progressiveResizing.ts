import { accuracy, CrossEntropyLossFlat, Learner, log, ProgressiveResize } from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './index.js';

/** Training on small pictures, then fine-tuning on large ones by giving the learner other data loaders. */
export async function progressiveResizing({
  getDls,
  arch,
  bs,
  size,
  epochs,
  full,
  checkpoints,
}: Chapter): Promise<Trained> {
  const small = full ? 128 : Math.round((size * 4) / 7);
  const first = full ? 4 : Math.max(1, epochs - 1);
  const then = full ? 5 : 1;

  log(`${first} epochs at ${small} pixels, then 1 + ${then} at ${size}`);
  const dls = await getDls(full ? 128 : bs, small);
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
  });
  await learn.fitOneCycle(first, 3e-3, checkpoints('small'));

  learn.dls = await getDls(bs, size);
  await learn.fineTune(then, 1e-3, checkpoints('large'));
  return { learn, epochs: first + 1 + then };
}

/** The same in one run: a callback increases the size of the pictures during training. */
export async function progressiveResizeCallback({
  getDls,
  arch,
  bs,
  size,
  epochs,
  checkpoints,
}: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size);
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
    cbs: new ProgressiveResize(),
  });
  await learn.fitOneCycle(epochs, 3e-3, checkpoints('progressiveResizeCallback'));
  return { learn, epochs };
}
