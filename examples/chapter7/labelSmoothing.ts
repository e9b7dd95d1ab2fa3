import { accuracy, type Label, LabelSmoothingCrossEntropy, Learner, log } from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './index.js';

/** Prints the smoothed targets of a label: slightly less than 1 for it, slightly more than 0 for all others. */
function printTargets(vocab: readonly Label[], eps: number) {
  const smooth = eps / vocab.length;
  log(`targets for "${vocab[0]}" with eps ${eps}:`);
  vocab.forEach((name, i) => {
    log(`  ${String(name).padEnd(12)} ${(i === 0 ? 1 - eps + smooth : smooth).toFixed(3)}`);
  });
}

/** Training with smoothed targets, which do not reward overconfidence. */
export async function labelSmoothing({
  getDls,
  arch,
  bs,
  size,
  epochs,
  checkpoints,
}: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size);
  const lossFunc = new LabelSmoothingCrossEntropy();
  printTargets(dls.vocab, lossFunc.eps);

  const learn = new Learner(dls, arch({ nOut: dls.c }), { lossFunc, metrics: accuracy });
  await learn.fitOneCycle(epochs, 3e-3, checkpoints('labelSmoothing'));
  return { learn, epochs };
}
