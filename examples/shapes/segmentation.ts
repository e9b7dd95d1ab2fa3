/**
 * Segmentation: a U-Net trained from random weights on pictures of shapes and their masks:
 * `node --import tsx examples/shapes/segmentation.ts [pictures] [epochs]`.
 */
import path from 'node:path';
import {
  DiceMulti,
  foregroundAcc,
  getImageFiles,
  log,
  Normalize,
  resnet18,
  SegmentationDataLoaders,
  setSeed,
  unetLearner,
} from 'fastts';
import { codes, drawShapes } from './drawShapes.js';

async function main([pictures = '5000', epochs = '3']: string[]) {
  const folder = path.join('out', 'shapes', pictures);
  await drawShapes(folder, Number(pictures));
  setSeed(42);
  const dls = await SegmentationDataLoaders.fromLabelFunc(
    folder,
    await getImageFiles(path.join(folder, 'images')),
    (file) => path.join(folder, 'masks', `${path.basename(file, '.jpg')}.png`),
    { codes, batchTfms: new Normalize(), bs: 16 },
  );

  const learn = await unetLearner(dls, resnet18, {
    pretrained: false,
    metrics: [foregroundAcc, new DiceMulti()],
  });
  await learn.fitOneCycle(Number(epochs), 1e-3);

  const figure = await learn.showResults({ maxN: 6 });
  log(`saved ${await figure.save(path.join(folder, 'segmentation.png'))}`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
