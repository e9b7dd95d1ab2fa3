import { type Figure, type ImageCell, itemGrid, type Pixels } from '@fastts/core';
import { type CleanerPicture, thumbnail } from './cleanerPicture.js';

/** A figure of pictures with their numbers, labels, predictions and losses. */
export async function pictureGrid(pictures: readonly CleanerPicture[], columns?: number): Promise<Figure> {
  const cells = await Promise.all(
    pictures.map(async (picture): Promise<ImageCell[]> => {
      const image = (await thumbnail(picture.path, CELL)) ?? GRAY;
      return [{ image, title: `#${picture.number} ${picture.label}\n${described(picture)}` }];
    }),
  );
  return itemGrid(cells, { columns, title: 'Number, label / Prediction, confidence, loss' });
}

/** Side of a picture in a figure, in pixels. */
const CELL = 180;
/** Stands for a picture that cannot be read. */
const GRAY: Pixels = { data: new Uint8Array(3).fill(200), width: 1, height: 1, channels: 3 };

function described({ predicted, confidence, loss }: CleanerPicture): string {
  if (confidence === null || loss === null) return 'cannot be read';
  return `${predicted} ${Math.round(100 * confidence)}%, ${loss.toFixed(2)}`;
}
