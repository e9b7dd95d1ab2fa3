import path from 'node:path';
import { getImageFiles, log, parentLabel, Rng, URLs, untarData } from 'fastts';
import { existsSync } from 'fs-extra';
import { fetchCifar } from '../../../examples/cifar.js';

/** The files of an epoch. */
export interface Pictures {
  /** One more than the batches need: an epoch validates on the first. */
  files: string[];
  vocab: string[];
  batchSize: number;
  batches: number;
  /** Name of the data set. */
  name: string;
}

/**
 * Picks the training images for the given number of batches, or fewer if there are fewer.
 *
 * @param data A folder with one subfolder of images per class, under `train` or not (default: Imagenette at 160 pixels,
 *   or CIFAR-10 if that cannot be downloaded).
 */
export async function pictures(
  data: string | undefined,
  { batchSize, batches }: { batchSize: number; batches: number },
): Promise<Pictures> {
  const { folder, name } = await find(data);
  const train = path.join(folder, 'train');
  const all = [...(await getImageFiles(existsSync(train) ? train : folder))].sort();
  const vocab = [...new Set(all.map(parentLabel))].sort();
  const chosen = new Rng(42).shuffle(all).slice(0, batches * batchSize + 1);
  if (chosen.length < 2) throw new Error(`${folder} has ${chosen.length} images; an epoch needs at least 2.`);
  const bs = Math.min(batchSize, chosen.length - 1);
  const whole = Math.floor((chosen.length - 1) / bs);
  return { files: chosen.slice(0, whole * bs + 1), vocab, batchSize: bs, batches: whole, name };
}

async function find(data: string | undefined): Promise<{ folder: string; name: string }> {
  if (data) {
    if (!existsSync(data)) throw new Error(`--data: there is no folder ${data}.`);
    return { folder: path.resolve(data), name: path.basename(path.resolve(data)) };
  }
  try {
    return { folder: await untarData(URLs.IMAGENETTE_160), name: 'Imagenette, 160 px' };
  } catch (error) {
    log(`${(error as Error).message}\nUsing CIFAR-10 instead.`);
    return { folder: await fetchCifar(), name: 'CIFAR-10' };
  }
}
