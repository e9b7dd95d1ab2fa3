import { accuracy, CrossEntropyLossFlat, type DataLoaders, Learner, log, tf } from 'fastts';
import type { Chapter } from './chapter.js';
import type { Trained } from './sections.js';

/** The shape of a batch, and the statistics of its channels before and after normalization. */
export async function showNormalization({ getDls, bs, size }: Chapter): Promise<void> {
  const plain = await getDls(bs, size, { normalize: false });
  const [x, y] = await plain.oneBatch();
  // fastai's batches are [n, channels, height, width]; TensorFlow.js has the channels last.
  log(`a batch: x has the shape [${x.shape.join(', ')}] (n, height, width, channels), y [${y.shape}]`);
  tf.dispose([x, y]);

  await printStats(plain, 'before Normalize');
  await printStats(await getDls(bs, size), 'after Normalize');
}

/** Prints the mean and the standard deviation of a batch, one value per channel. */
async function printStats(dls: DataLoaders, when: string) {
  const [x, y] = await dls.oneBatch();
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const std = tf.sqrt(variance);
  const show = async (values: tf.Tensor) => [...(await values.data())].map((v) => v.toFixed(4)).join(', ');
  log(`${when}: mean [${await show(mean)}], standard deviation [${await show(std)}]`);
  tf.dispose([x, y, mean, variance, std]);
}

/** The same training on pictures with a mean of 0 and a standard deviation of 1. */
export async function normalization({
  getDls,
  arch,
  bs,
  size,
  epochs,
  fitOptions,
}: Chapter): Promise<Trained> {
  const dls = await getDls(bs, size);
  const learn = new Learner(dls, arch({ nOut: dls.c }), {
    lossFunc: new CrossEntropyLossFlat(),
    metrics: accuracy,
  });
  await learn.fitOneCycle(epochs, 3e-3, fitOptions());
  return { learn, epochs };
}
