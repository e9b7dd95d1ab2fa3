import path from 'node:path';
import { gradCamBatch, loadLearner, log, plotGradCams } from 'fastts';
import { type Competition, getDls } from './competition.js';
import { trainFolds } from './folds.js';
import type { Row } from './scores.js';

/**
 * Where the network looks: test pictures with the parts by which it recognized the disease. The pictures are twice as large as
 * in training, for maps that are twice as fine.
 */
export async function seeWhy(competition: Competition): Promise<Row[]> {
  const { testIds, folder, archs, size, save } = competition;
  log('\n## see why');
  const cv = await trainFolds(competition, archs[0]!);
  cv.dispose();
  const learn = await loadLearner(cv.files[0]!);
  learn.dls = await getDls(competition, 2 * size);
  const cams = await gradCamBatch(
    learn,
    testIds.slice(0, 8).map((id) => path.join(folder, 'test_images', id)),
  );
  await save(await plotGradCams(cams, { columns: 4, beside: true }), 'seeWhy.png');
  learn.dispose();
  return [];
}
