import { checkInteger, progressBar } from '@fastts/core';
import { parallel } from '@fastts/data';

/** Options of {@link failingFiles}. */
export interface FailingFilesOptions {
  /** Text before the progress bar. */
  label: string;
  /** Number of files processed at a time (default: the number of processors). */
  maxWorkers?: number;
}

/** The files for which `succeeds` resolves to false. Shows progress. */
export async function failingFiles(
  files: readonly string[],
  succeeds: (file: string) => Promise<boolean>,
  { label, maxWorkers }: FailingFilesOptions,
): Promise<string[]> {
  if (maxWorkers !== undefined) checkInteger('maxWorkers', maxWorkers, { min: 0 });
  const bar = progressBar({ total: files.length, label, unit: 'images' });
  let done = 0;
  try {
    const results = await parallel(
      async (file) => {
        const result = await succeeds(file);
        bar.update(++done);
        return result;
      },
      files,
      { nWorkers: maxWorkers },
    );
    return files.filter((_, i) => !results[i]);
  } finally {
    bar.stop();
  }
}
