import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { ArgumentError } from '../index.js';

/**
 * Creates the output folder and checks that it is writable, before training, so that the model can be saved afterwards.
 *
 * @returns Its absolute path.
 * @throws ArgumentError when it cannot be created or is not writable.
 */
export function outputFolder(path: string): string {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ArgumentError(`${folder} is not writable (${code}): choose another folder.`, {
      cause: error,
    });
  }
  return folder;
}
