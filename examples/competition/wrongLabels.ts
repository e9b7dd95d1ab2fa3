import path from 'node:path';
import { CrossEntropyLossFlat, ImageClassifierCleaner, log, type Splitter } from 'fastts';
import fs from 'fs-extra';
import { type Competition, getDls, metrics } from './competition.js';
import { trainFolds } from './folds.js';
import type { Leaf } from './layout.js';
import { newLearner, trainModel } from './networks.js';
import { type Row, trial } from './scores.js';

/** The share of the pictures that the last model is trained without. */
const share = 0.05;

/**
 * Wrong labels have a high loss, if the model was not trained with them: the pictures in the order of their loss, out of fold.
 * `fastts clean` shows the same as a page; here, the worst are left out unseen.
 */
export async function wrongLabels(competition: Competition): Promise<Row[]> {
  const { train, folder, diseases, truth, out, archs, save } = competition;
  log('\n## wrong labels');
  const cv = await trainFolds(competition, archs[0]!);
  // The cleaner writes its changes beside the table, so it gets a copy: the data of the competition stay as they are.
  const labels = path.join(out, 'labels.csv');
  await fs.writeFile(
    labels,
    [
      'image_id,disease',
      ...train.map((leaf) => `${leaf.image_id},"${leaf.disease.replaceAll('"', '""')}"`),
    ].join('\n'),
  );
  const items = train.map((leaf) => ({ path: path.join(folder, leaf.path), label: leaf.disease }));
  const cleaner = await ImageClassifierCleaner.fromPreds(items, cv.preds, {
    vocab: diseases,
    labels,
    path: path.join(folder, 'train_images'),
  });
  cv.dispose();
  await save(await cleaner.show({ maxN: 20 }), 'wrongLabels.png');

  const worst = cleaner.pictures().map(({ path: file }) => path.basename(file));
  if (truth) {
    const isWrong = new Map(train.map(({ image_id, label }) => [image_id, truth.get(image_id) !== label]));
    const count = (ids: readonly string[]) => ids.filter((id) => isWrong.get(id)).length;
    log(`${count(worst)} of ${worst.length} labels are wrong. Of those with the highest loss:`);
    for (const k of [0.01, 0.02, 0.05, 0.1].map((part) => Math.round(part * worst.length))) {
      log(`  ${count(worst.slice(0, k))} of the first ${k}`);
    }
  }
  const left = new Set(worst.slice(0, Math.round(share * worst.length)));
  return [
    await trial(competition, `without the worst ${100 * share}% of labels`, () =>
      trainWithout(competition, left),
    ),
  ];
}

/** The baseline without some of the training pictures. The pictures for validation are the same. */
async function trainWithout(competition: Competition, left: ReadonlySet<string>) {
  const { arch, size, epochs, folds } = competition;
  const splitter: Splitter<Leaf> = {
    split(leaves) {
      const [train, valid] = folds.fold(0).split(leaves);
      return [train!.filter((i) => !left.has(leaves[i]!.image_id)), valid!];
    },
  };
  const dls = await getDls(competition, size, splitter);
  const learn = await newLearner(arch, dls, { lossFunc: new CrossEntropyLossFlat(), metrics: metrics() });
  await trainModel(arch, learn, epochs);
  return learn;
}
