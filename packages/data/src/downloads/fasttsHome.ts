import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of downloaded files: `FASTTS_HOME`, or by default `~/.fastts`. */
export function fasttsHome(): string {
  return process.env.FASTTS_HOME || join(homedir(), '.fastts');
}

/** The folder of unpacked data sets. */
export function dataFolder(): string {
  return join(fasttsHome(), 'data');
}

/** The folder of archives that are being downloaded. */
export function archiveFolder(): string {
  return join(fasttsHome(), 'archive');
}
