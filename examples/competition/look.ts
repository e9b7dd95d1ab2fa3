import path from 'node:path';
import { log } from 'fastts';
import sharp from 'sharp';
import { type Competition, getDls } from './competition.js';
import type { Row } from './scores.js';

/** Look at the data first: pictures, classes, sizes, duplicates. */
export async function look(competition: Competition): Promise<Row[]> {
  const { train, testIds, diseases, groups, folder, save } = competition;
  const dls = await getDls(competition, competition.size);
  await save(await dls.showBatch({ maxN: 9 }), 'batch.png');

  log(`${train.length} training pictures, ${testIds.length} test pictures`);
  for (const [label, disease] of diseases.entries()) {
    const count = train.filter((leaf) => leaf.label === label).length;
    const share = count / train.length;
    log(
      `${disease.padEnd(36)} ${String(count).padStart(6)} ${'█'.repeat(Math.round(share * 50))} ${percent(share)}`,
    );
  }
  log(
    `Always the most frequent class would be right for ${percent(mostFrequent(train.map(({ label }) => label)))}.`,
  );

  const some = train.slice(0, 200).map((leaf) => path.join(folder, leaf.path));
  const sizes = await Promise.all(some.map((file) => sharp(file).metadata()));
  const counts = countEach(sizes.map(({ width, height }) => `${width} × ${height}`));
  log(`Sizes of the first ${some.length}: ${[...counts].map(([size, n]) => `${size} (${n})`).join(', ')}`);

  for (const [i, first] of groups.entries()) {
    if (first === i || train[first]!.label === train[i]!.label) continue;
    const [a, b] = [train[first]!, train[i]!];
    log(`${a.image_id} and ${b.image_id} are the same picture, labeled ${a.disease} and ${b.disease}.`);
  }
  return [];
}

function countEach<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function mostFrequent(labels: readonly number[]): number {
  return Math.max(...countEach(labels).values()) / labels.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
