/**
 * Multi-label classification as in chapter 6 of the fastai book, with as many labels as COCO has:
 * `node --import tsx examples/shapes/multiLabel.ts [pictures] [epochs]`.
 */
import path from 'node:path';
import {
  APScoreMulti,
  accuracyMulti,
  F1ScoreMulti,
  ImageDataLoaders,
  Learner,
  log,
  Normalize,
  setSeed,
  xresnet18,
} from 'fastts';
import { drawShapes } from './drawShapes.js';

async function main([pictures = '5000', epochs = '8']: string[]) {
  const folder = path.join('out', 'shapes', pictures);
  await drawShapes(folder, Number(pictures));
  setSeed(42);
  const dls = await ImageDataLoaders.fromCsv(folder, {
    labelDelim: ';',
    validCol: 'isValid',
    batchTfms: new Normalize(),
  });
  log(`${dls.c} labels`);

  const learn = new Learner(dls, xresnet18({ nOut: dls.c }), {
    metrics: [accuracyMulti, new F1ScoreMulti(), new APScoreMulti()],
  });
  await learn.fitOneCycle(Number(epochs), 3e-3);

  const figure = await learn.showResults({ maxN: 9 });
  log(`saved ${await figure.save(path.join(folder, 'multiLabel.png'))}`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
