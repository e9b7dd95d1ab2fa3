import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where fastts keeps what it fetches: `FASTTS_HOME`, else `~/.fastts`. */
export function fasttsHome(): string {
  return process.env.FASTTS_HOME || join(homedir(), '.fastts');
}

/** Where unpacked data sets are. */
export function dataFolder(): string {
  return join(fasttsHome(), 'data');
}

/** Where archives are while they are being fetched. */
export function archiveFolder(): string {
  return join(fasttsHome(), 'archive');
}
