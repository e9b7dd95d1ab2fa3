import { FasttsError } from '../index.js';

/** Prints an error on standard error: the message of a usage error, or all details of a defect. */
export function reportError(error: unknown): void {
  console.error(error instanceof FasttsError ? `fastts: ${error.message}` : error);
  process.exitCode = 1;
}
