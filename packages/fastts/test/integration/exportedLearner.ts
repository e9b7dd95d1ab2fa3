import { mkdirSync } from 'node:fs';
import path from 'node:path';
import {
  AdaptiveAvgPool2d,
  CategoryBlock,
  ConvLayer,
  CrossEntropyLossFlat,
  DataBlock,
  Flatten,
  getImageFiles,
  ImageBlock,
  imagenetStats,
  Learner,
  Linear,
  Normalize,
  parentLabel,
  Resize,
  Sequential,
  setSeed,
} from 'fastts';
import sharp from 'sharp';

const [width, height] = [40, 30];
/** A smooth image, since programs differ in how they reduce others. */
const pixels = Buffer.from(
  Array.from({ length: height * width * 3 }, (_, i) => 120 + 100 * Math.sin(i / 400) ** 2),
);

/**
 * Writes images of two classes to `folder`, and exports a learner of them.
 *
 * @returns The exported file; an image, as a file and as pixels; and its prediction in Node.
 */
export async function exportedLearner(folder: string) {
  for (const label of ['cat', 'dog']) {
    mkdirSync(path.join(folder, label), { recursive: true });
    for (const name of ['1', '2']) {
      const picture = sharp(pixels, { raw: { width, height, channels: 3 } });
      await picture.png().toFile(path.join(folder, label, `${name}.png`));
    }
  }
  setSeed(1);
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock()],
    getItems: getImageFiles,
    getY: parentLabel,
    itemTfms: new Resize(12),
    batchTfms: Normalize.fromStats(imagenetStats),
  }).dataloaders(folder, { bs: 2 });
  const model = new Sequential(
    new ConvLayer(3, 8),
    new AdaptiveAvgPool2d(1),
    new Flatten(),
    new Linear(8, 2),
  );
  const learn = new Learner(dls, model, { lossFunc: new CrossEntropyLossFlat(), path: folder });
  const picture = path.join(folder, 'cat', '1.png');
  const [label, , probabilities] = await learn.predict(picture);
  const file = await learn.export('pets');
  return { file, picture, pixels: [...pixels], shape: [height, width, 3], label, probabilities };
}
