import { EngineError, FasttsError, FileFormatError, printable, RegistryError } from '@fastts/core';

/**
 * The result of `work` on the contents of a file, whose errors name the file.
 *
 * @param name The file's path.
 * @throws RegistryError when `work` does; FileFormatError for any other error of the contents, also for one that no check
 *   has foreseen; EngineError when the engine fails.
 */
export function ofFile<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof RegistryError) throw new RegistryError(`${name}: ${message}`, { cause: error });
    const text =
      error instanceof FasttsError ? message : `It cannot be loaded: ${printable(message, LONGEST)}`;
    throw new FileFormatError(`${name}: ${text}`, { cause: error });
  }
}

/** Maximum length of a message that is not the library's own. */
const LONGEST = 500;
