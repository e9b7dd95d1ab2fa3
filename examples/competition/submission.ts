import path from 'node:path';
import { ensemble, log, readCsv, tf, writeFileWhole } from 'fastts';
import type { Competition } from './competition.js';
import { trainFolds } from './folds.js';
import type { Row } from './scores.js';

/** The end: all folds of all networks with TTA predict the test pictures, into `submission.csv`. */
export async function submission(competition: Competition): Promise<Row[]> {
  const { archs, testIds, folder, out, diseases } = competition;
  log('\n## submission');
  const files: string[] = [];
  for (const arch of archs) {
    const cv = await trainFolds(competition, arch);
    files.push(...cv.files);
    cv.dispose();
  }
  const models = await ensemble(files, { tta: true });
  const [preds] = await models.predict(testIds.map((id) => path.join(folder, 'test_images', id)));
  const best = tf.argMax(preds, 1);
  const labels = await best.data();
  tf.dispose([preds, best]);

  const file = path.join(out, 'submission.csv');
  const rows = testIds.map((id, i) => `${id},${labels[i]}`);
  await writeFileWhole(file, `${['image_id,label', ...rows].join('\n')}\n`);
  await checkSubmission(file, testIds, diseases.length);
  log(`saved ${file}: ${rows.length} pictures by ${files.length} models`);
  return [];
}

/** Checks that Kaggle would take a file: a label of each test picture, in order. */
export async function checkSubmission(
  file: string,
  testIds: readonly string[],
  labels: number,
): Promise<void> {
  const rows = await readCsv<{ image_id: string; label: number }>(file);
  if (rows.columns.join() !== 'image_id,label') {
    throw new Error(`${file} must have the columns image_id,label, got ${rows.columns.join()}.`);
  }
  if (rows.length !== testIds.length) {
    throw new Error(
      `${file} must have one row for each of the ${testIds.length} test pictures, got ${rows.length}.`,
    );
  }
  for (const [i, { image_id, label }] of rows.entries()) {
    if (image_id === testIds[i] && Number.isInteger(label) && label >= 0 && label < labels) continue;
    throw new Error(
      `Row ${i + 1} of ${file} must be of ${testIds[i]}, with a label below ${labels}, got ${image_id},${label}.`,
    );
  }
}
