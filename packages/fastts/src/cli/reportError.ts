import { FasttsError } from '../index.js';

/** Says on the standard error stream what went wrong: one sentence for a mistake in use, all there is for a defect. */
export function reportError(error: unknown): void {
  console.error(error instanceof FasttsError ? `fastts: ${error.message}` : error);
  process.exitCode = 1;
}
