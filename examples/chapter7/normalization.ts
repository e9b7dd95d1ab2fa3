import { accuracy, CrossEntropyLossFlat, type DataLoaders, Learner, log, tf } from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './index.js';

/** Prints the mean and the standard deviation of a batch, one value per channel. */
async function printStats(dls: DataLoaders, when: string) {
  const [x, y] = await dls.oneBatch();
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const std = tf.sqrt(variance);
  const show = (values: tf.Tensor) => [...values.dataSync()].map((value) => value.toFixed(4)).join(' ');
  log(`${when}: mean ${show(mean)}, standard deviation ${show(std)}`);
  tf.dispose([x, y, mean, variance, std]);
}

/** The same training on pictures with a mean of 0 and a standard deviation of 1. */
export async function normalization({
  getDls,
  arch,
  bs,
  size,
  epochs,
  checkpoints,
}: Chapter): Promise<Trained> {
  await printStats(await getDls(bs, size, { normalize: false }), 'before normalization');
  const dls = await getDls(bs, size);
  await printStats(dls, 'after normalization');

  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
  });
  await learn.fitOneCycle(epochs, 3e-3, checkpoints('normalization'));
  return { learn, epochs };
}
