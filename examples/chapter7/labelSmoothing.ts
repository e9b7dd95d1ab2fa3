import { accuracy, LabelSmoothingCrossEntropy, Learner, log, tf } from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './sections.js';

/** What a hard target asks for, and what smoothed ones are. */
export async function showLabelSmoothing({ getDls, bs, size }: Chapter): Promise<void> {
  await showConfidence();
  const { eps } = new LabelSmoothingCrossEntropy();
  log(`targets for the first of 3 classes with ε ${eps}:`);
  log(`  in words: 1 - ε for it and ε shared by the others   ${targets(1 - eps, eps / 2, 3)}`);
  log(`  fastai's: ε shared by all, 1 - ε + ε/N for it        ${smoothed(eps, 3)}`);
  const { vocab } = await getDls(bs, size);
  log(`fastai's for "${vocab[0]}" of ${vocab.length} classes:\n  ${smoothed(eps, vocab.length)}`);
}

/**
 * A softmax approaches 1 but never reaches it: with a target of 1, larger logits always lower the loss. The model becomes more and more
 * confident, even of labels that are wrong.
 */
async function showConfidence() {
  log('logits, their softmax, and the loss if the third class is right:');
  for (const factor of [1, 2, 5, 10]) {
    const logits = [1, 2, 3].map((logit) => factor * logit);
    const softmax = tf.tidy(() => tf.softmax(tf.tensor1d(logits)));
    const probabilities = [...(await softmax.data())];
    softmax.dispose();
    const shown = probabilities.map((p) => p.toFixed(5)).join('  ');
    log(`  ${`[${logits.join(', ')}]`.padEnd(14)} ${shown}   ${(-Math.log(probabilities[2]!)).toFixed(5)}`);
  }
}

/** The target that `LabelSmoothingCrossEntropy` trains towards. */
function smoothed(eps: number, classes: number): string {
  return targets(1 - eps + eps / classes, eps / classes, classes);
}

function targets(own: number, other: number, classes: number): string {
  return [own, ...Array<number>(classes - 1).fill(other)].map((target) => target.toFixed(3)).join('  ');
}

/** Training with smoothed targets, which do not reward overconfidence. */
export async function labelSmoothing({
  getDls,
  arch,
  bs,
  size,
  epochs,
  fitOptions,
}: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size);
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new LabelSmoothingCrossEntropy(),
    metrics: accuracy,
  });
  await learn.fitOneCycle(epochs, 3e-3, fitOptions());
  return { learn, epochs };
}
