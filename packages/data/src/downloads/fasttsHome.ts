import { node } from '@fastts/core';

/** The folder of downloaded files: `FASTTS_HOME`, or by default `~/.fastts`. */
export function fasttsHome(): string {
  return process.env.FASTTS_HOME || node.path.join(node.os.homedir(), '.fastts');
}

/** The folder of unpacked data sets. */
export function dataFolder(): string {
  return node.path.join(fasttsHome(), 'data');
}

/** The folder of archives that are being downloaded. */
export function archiveFolder(): string {
  return node.path.join(fasttsHome(), 'archive');
}
