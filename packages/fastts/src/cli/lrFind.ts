import { checkWritable, log, setSeed } from '../index.js';
import { classFolders } from './classFolders.js';
import { classifier } from './classifier.js';
import type { PicturesOptions } from './fasttsCommand.js';

/** Options of `fastts lr-find`. */
export interface LrFindOptions extends PicturesOptions {
  plot: string;
}

/** Runs the learning rate finder, prints the suggested learning rate and plots the loss. */
export async function lrFind(folder: string, options: LrFindOptions): Promise<void> {
  await checkWritable(options.plot);
  setSeed(options.seed);
  const learn = await classifier(await classFolders(folder, options), options);
  const { valley } = await learn.lrFind();
  log(`The curve is in ${await learn.recorder.plotLrFind().save(options.plot)}`);
  console.log(valley.toPrecision(2));
}
