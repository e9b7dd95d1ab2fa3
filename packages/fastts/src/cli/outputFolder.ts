import { accessSync, constants, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { ArgumentError } from '../index.js';

/**
 * Makes the folder that results go to, before any are: a training must not end with a model that cannot be written.
 *
 * @returns its whole path
 * @throws ArgumentError when it cannot be made, or nothing can be written to it
 */
export function outputFolder(path: string): string {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ArgumentError(`Nothing can be written to ${folder} (${code}): give another folder.`, {
      cause: error,
    });
  }
  return folder;
}
