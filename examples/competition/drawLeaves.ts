import path from 'node:path';
import { log, parallel, progressBar, Rng } from 'fastts';
import fs from 'fs-extra';
import sharp from 'sharp';
import { diseases, drawLeaf } from './drawLeaf.js';

/** The share of each label, about as in the competition: most leaves have mosaic disease. */
const shares = [0.05, 0.1, 0.11, 0.61, 0.13];
/** The share of labels in `train.csv` that are wrong. Those of test pictures are right. */
const wrong = 0.1;
/** The share of training pictures that exist twice. */
const doubled = 0.02;

/** A picture of the data set. */
interface Picture {
  id: string;
  /** What is drawn. */
  truth: number;
  /** What `train.csv` says. */
  label: number;
  /** Of its drawing and of its file. A picture with the seed of another one is the same photo. */
  seed: number;
  /** Of the JPEG file. */
  quality: number;
}

/** Settings of {@link drawLeaves}. */
export interface DrawOptions {
  /** Number of pictures in `train_images`. */
  pictures: number;
  /** Number of pictures in `test_images`. */
  tests: number;
  /** Width and height in pixels. */
  size: number;
}

/**
 * Draws a data set in the layout of Kaggle's competition into `folder`: `train.csv`, `train_images`, `test_images`,
 * `sample_submission.csv` and `label_num_to_disease_map.json`; and `truth.csv`, which no competition would publish, with
 * the right label of each picture. The classes are unbalanced, one label in ten is wrong, and some pictures exist
 * twice. Does nothing if `train.csv` exists.
 */
export async function drawLeaves(folder: string, { pictures, tests, size }: DrawOptions): Promise<void> {
  if (await fs.pathExists(path.join(folder, 'train.csv'))) return;
  log(`Drawing ${pictures + tests} pictures in ${folder}`);
  const rng = new Rng(42);
  const train = trainingPictures(rng, pictures);
  const test = Array.from({ length: tests }, (_, i) => newPicture(rng, `test_${number(i)}.jpg`));

  const bar = progressBar({ total: pictures + tests, label: 'Drawing', unit: 'pictures' });
  let done = 0;
  for (const [subfolder, set] of [
    ['train_images', train],
    ['test_images', test],
  ] as const) {
    await fs.ensureDir(path.join(folder, subfolder));
    await parallel(
      async ({ id, seed, truth, quality }) => {
        const svg = drawLeaf(new Rng(seed), truth, size);
        await sharp(Buffer.from(svg))
          .jpeg({ quality })
          .toFile(path.join(folder, subfolder, id));
        bar.update(++done);
      },
      set,
      { nWorkers: 4 },
    );
  }
  bar.stop();

  const write = (name: string, text: string) => fs.writeFile(path.join(folder, name), text);
  await write('label_num_to_disease_map.json', JSON.stringify({ ...diseases }));
  await write(
    'sample_submission.csv',
    table(test, () => 4),
  );
  await write(
    'truth.csv',
    table([...train, ...test], ({ truth }) => truth),
  );
  // Last: it says that the data set is complete.
  await write(
    'train.csv',
    table(train, ({ label }) => label),
  );
}

function trainingPictures(rng: Rng, count: number): Picture[] {
  const copies = Math.round(doubled * count);
  const originals = Array.from({ length: count - copies }, (_, i) =>
    mislabeled(rng, newPicture(rng, `train_${number(i)}.jpg`)),
  );
  const again = rng
    .shuffle(originals)
    .slice(0, copies)
    .map((original, i) => {
      // Half of them are the same bytes, the others were compressed again. Someone else labeled them.
      const quality = rng.bernoulli(0.5) ? original.quality : original.quality - 15;
      return mislabeled(rng, { ...original, id: `train_${number(originals.length + i)}.jpg`, quality });
    });
  return [...originals, ...again];
}

function newPicture(rng: Rng, id: string): Picture {
  const draw = rng.next();
  const upTo = shares.map((_, i) => shares.slice(0, i + 1).reduce((sum, share) => sum + share));
  const truth = upTo.findIndex((bound) => draw < bound);
  return { id, truth, label: truth, seed: rng.seed32(), quality: 75 + rng.int(20) };
}

/** The picture with, rarely, the label of another disease. */
function mislabeled(rng: Rng, picture: Picture): Picture {
  const { truth } = picture;
  const other = (truth + 1 + rng.int(diseases.length - 1)) % diseases.length;
  return { ...picture, label: rng.bernoulli(wrong) ? other : truth };
}

function table(pictures: readonly Picture[], labelOf: (picture: Picture) => number): string {
  return `${['image_id,label', ...pictures.map((picture) => `${picture.id},${labelOf(picture)}`)].join('\n')}\n`;
}

function number(i: number): string {
  return String(i).padStart(5, '0');
}
