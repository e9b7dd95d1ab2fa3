import { imageGrid, isPixels, type Learner, log, tf } from 'fastts';
import type { Chapter } from './chapter.js';

/**
 * Test-time augmentation by hand: five versions of one picture, the center as in validation and four drawn at random as in training,
 * and the mean of their predictions. `learn.tta()` does this for a whole set; it gives the center a weight of 1/4, and the others the rest.
 */
export async function showTta(learn: Learner, { save }: Chapter): Promise<void> {
  const { dls } = learn;
  const item = dls.valid.dataset.items[0];
  const center = dls.testDl([item], { withLabels: true });
  const augmented = dls.testDl(Array(4).fill(item), { withLabels: true, split: 'train' });

  const pictures = [];
  const predictions: number[][] = [];
  for (const dl of [center, augmented]) {
    const [x, preds, targs] = await learn.getPreds({ dl, withInput: true });
    pictures.push(...(await dls.decodeBatch([x, targs])));
    const values = [...(await preds.data())];
    for (let i = 0; i < values.length; i += dls.c) predictions.push(values.slice(i, i + dls.c));
    tf.dispose([x, preds, targs]);
  }
  const mean = predictions[0]!.map((_, i) => predictions.reduce((sum, row) => sum + row[i]! / 5, 0));

  const name = (probabilities: readonly number[]) => {
    const highest = Math.max(...probabilities);
    return `${dls.vocab[probabilities.indexOf(highest)]} ${highest.toFixed(2)}`;
  };
  const cells = pictures.flatMap(([image], i) =>
    isPixels(image)
      ? [{ image, title: `${i === 0 ? 'center' : 'augmented'}: ${name(predictions[i]!)}` }]
      : [],
  );
  const title = `label ${pictures[0]![1]}, mean of the five predictions: ${name(mean)}`;
  log(`one picture with ${title}`);
  await save(await imageGrid(cells, { columns: 5, title }), 'tta.png');
}
