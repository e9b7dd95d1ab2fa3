import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { getImageFiles, ImageClassifierCleaner, parentLabel } from 'fastts';
import sharp from 'sharp';

/** Draws `n` pictures of each class into `path/<class>`: red cats and blue dogs, but the last cat is blue. */
export async function drawPets(path: string, n: number): Promise<void> {
  for (const label of ['cat', 'dog']) {
    mkdirSync(join(path, label), { recursive: true });
    for (let i = 0; i < n; i++) {
      const background = label === 'cat' && i < n - 1 ? '#e01010' : '#1010e0';
      const picture = sharp({ create: { width: 24 + i, height: 20, channels: 3, background } });
      await picture.png().toFile(join(path, label, `${i}.png`));
    }
  }
}

/** A cleaner of them: predictions are less sure of pictures with higher numbers, and wrong about the last cat. */
export function cleanerOfPets(path: string): Promise<ImageClassifierCleaner> {
  const items = getImageFiles(path).map((file) => ({ path: file, label: parentLabel(file) }));
  const last = items.filter(({ label }) => label === 'cat').length - 1;
  const preds = items.map(({ path: file, label }) => {
    const i = Number(/(\d+)\.png$/.exec(file)![1]);
    const sure = 0.95 - (0.4 * i) / (last + 1);
    return label === 'cat' && i < last ? [sure, 1 - sure] : [1 - sure, sure];
  });
  return ImageClassifierCleaner.fromPreds(items, preds, { path, vocab: ['cat', 'dog'] });
}
