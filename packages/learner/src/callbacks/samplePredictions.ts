import { type Figure, type ImageCell, imageGrid } from '@fastts/core';
import { DataLoaders, type Shown } from '@fastts/data';
import * as tf from '@tensorflow/tfjs';
import type { Learner } from '../learner.js';

/** What a right and a wrong prediction are written in. */
const COLOURS = { right: 'green', wrong: 'red' };

/**
 * Draws what the model says of the first items of the validation set, in the middle of a fit: each picture with its
 * target and the prediction above it, green where they agree.
 *
 * Source: fastai `callback/tensorboard.py`, `TensorBoardCallback.after_epoch`.
 *
 * @returns `null` where the data does not say how to show its items, or these have no picture
 */
export async function samplePredictions(learn: Learner, n: number): Promise<Figure | null> {
  const { dls } = learn;
  if (!(dls instanceof DataLoaders)) return null;
  const batch = await dls.valid.with({ bs: Math.min(n, dls.valid.n), dropLast: false }).oneBatch();
  const others = learn.cbs.filter(({ removeOnFetch }) => removeOnFetch);
  const fetched = await learn.removedCbs(others, () =>
    learn.noBar(() => learn.getPreds({ dl: [batch], inner: true, withInput: true, withDecoded: true })),
  );
  try {
    const [x, , y, decoded] = fetched;
    const items = await dls.valid.decodeBatch([x, y], { maxN: n });
    const predicted = await dls.valid.decodeBatch([x, decoded as typeof y], { maxN: n });
    const cells = await Promise.all(
      items.map(async (values, i) => toCell(await shown(dls, values), await shown(dls, predicted[i]!))),
    );
    return cells.every((cell) => cell !== null) ? imageGrid(cells) : null;
  } finally {
    tf.dispose(fetched);
  }
}

function shown(dls: DataLoaders, values: readonly unknown[]): Promise<Shown[]> {
  return Promise.all(values.map((value, k) => dls.blocks[k]!.show(value)));
}

function toCell(item: readonly Shown[], predicted: readonly Shown[]): ImageCell | null {
  const { pixels, width, height } = item.find((part) => part.pixels) ?? {};
  if (!pixels || !width || !height) return null;
  const [target, prediction] = [item, predicted].map((parts) =>
    parts.flatMap(({ title }) => title ?? []).join(' '),
  );
  const titleColour = target === prediction ? COLOURS.right : COLOURS.wrong;
  return { pixels, width, height, title: `${target} / ${prediction}`, titleColour };
}
