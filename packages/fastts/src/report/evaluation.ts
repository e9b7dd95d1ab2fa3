import type { Learner } from '../index.js';

/** A validation item with what the model made of it. */
export interface Judged {
  item: unknown;
  /** Class numbers. */
  actual: number;
  predicted: number;
  loss: number;
  /** The probability that the model gave to what it predicted. */
  probability: number;
}

/** How a classifier does on the validation set. */
export interface Evaluation {
  /** How many items of each class (row) were taken for each class (column). */
  confusion: number[][];
  judged: Judged[];
}

/** Predicts the validation set. */
export async function evaluate(learn: Learner): Promise<Evaluation> {
  const dl = learn.dls.valid.with({});
  // Not the loader itself, of which getPreds would take a copy: what it skips must be known to tell items apart.
  const batches = { length: dl.length, [Symbol.asyncIterator]: () => dl[Symbol.asyncIterator]() };
  const [preds, targs, losses] = await learn.noBar(() => learn.getPreds({ dl: batches, withLoss: true }));
  const [rows, classes, costs] = [await preds.array(), await targs.array(), await losses.array()];
  for (const tensor of [preds, targs, losses]) tensor.dispose();
  const skipped = new Set(dl.skipped.map(({ path }) => path));
  const items = dl.dataset.items.filter((_, i) => !skipped.has(dl.dataset.describe(i)));
  const judged = (rows as number[][]).map((row, i): Judged => {
    const probability = Math.max(...row);
    return {
      item: items[i],
      actual: classes[i]!,
      predicted: row.indexOf(probability),
      loss: costs[i]!,
      probability,
    };
  });
  const confusion = learn.dls.vocab.map(() => learn.dls.vocab.map(() => 0));
  for (const { actual, predicted } of judged) confusion[actual]![predicted]!++;
  return { confusion, judged };
}
