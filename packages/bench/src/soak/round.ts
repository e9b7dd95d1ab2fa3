import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  AccumMetric,
  accuracy,
  augTransforms,
  CategoryBlock,
  CollectDataCallback,
  DataBlock,
  F1Score,
  getImageFiles,
  ImageBlock,
  IndexSplitter,
  imagenetStats,
  LabelSmoothingCrossEntropy,
  Learner,
  loadLearner,
  MixUpCB,
  Normalize,
  parentLabel,
  Resize,
  ranger,
  SaveModelCallback,
  tf,
  xresnet18,
} from 'fastts';
import sharp from 'sharp';

/** Number of folds of {@link soakRound}. */
export const FOLDS = 3;

const CLASSES = ['tench', 'church', 'truck'];

/** Sizes of a round's work. */
export interface SoakSizes {
  /** Image side in pixels. */
  size: number;
  bs: number;
}

/** Writes `perClass` JPEG images of each of three classes to `folder`. */
export async function writePictures(folder: string, perClass: number): Promise<void> {
  for (const [c, label] of CLASSES.entries()) {
    await mkdir(path.join(folder, label), { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const [width, height] = [60 + 4 * i, 80 + 2 * i];
      const noise = Buffer.from(
        Array.from({ length: width * height * 3 }, (_, at) => (at * (13 + i) + c * 80 + at ** 2) & 255),
      );
      const image = sharp(noise, { raw: { width, height, channels: 3 } });
      await image.jpeg().toFile(path.join(folder, label, `${i}.jpg`));
    }
  }
}

/**
 * One fold of what a long-lived program does: trains, validates, predicts with and without augmentation, exports, loads
 * the exported learner, predicts with it, and disposes of both.
 *
 * @param folder Of {@link writePictures}; models are written to it.
 */
export async function soakRound(folder: string, fold: number, { size, bs }: SoakSizes): Promise<void> {
  const files = (await getImageFiles(folder)).sort();
  const held = files.flatMap((_, i) => (i % FOLDS === fold % FOLDS ? [i] : []));
  const dls = await new DataBlock({
    blocks: [ImageBlock(), CategoryBlock({ vocab: CLASSES })],
    getY: parentLabel,
    splitter: new IndexSplitter(held),
    itemTfms: new Resize(size * 2),
    batchTfms: [...augTransforms({ size }), Normalize.fromStats(imagenetStats)],
  }).dataloaders(files, { bs, cache: 2e7, path: folder });
  const learn = new Learner(dls, xresnet18({ nOut: dls.c }), {
    lossFunc: new LabelSmoothingCrossEntropy(),
    optFunc: fold % 2 === 0 ? undefined : ranger,
    metrics: [
      accuracy,
      new F1Score({ average: 'macro' }),
      new AccumMetric(({ size }) => size, { flatten: false }),
    ],
    cbs: new CollectDataCallback(),
  });
  learn.logger = null;
  learn.showBar = false;
  await learn.fitOneCycle(2, 1e-3, {
    cbs: [new MixUpCB(), new SaveModelCallback({ monitor: 'valid_loss' })],
  });
  await learn.validate();
  tf.dispose(await learn.getPreds({ withInput: true, withDecoded: true, withLoss: true }));
  tf.dispose(await learn.tta({ n: 1 }));
  await learn.predict(files[0]!);
  const exported = await learn.export('soak');
  learn.dispose();

  const loaded = await loadLearner(exported);
  for (const file of files.slice(0, 3)) await loaded.predict(file);
  loaded.dispose();
}
