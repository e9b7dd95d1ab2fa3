import fs from 'fs-extra';

/**
 * Writes a file atomically: to a temporary name, which is then renamed.
 *
 * @param path The file's path; missing folders are created.
 */
export async function writeFileWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await fs.outputFile(temporary, content);
    await fs.rename(temporary, path);
  } catch (error) {
    await fs.remove(temporary);
    throw error;
  }
}
