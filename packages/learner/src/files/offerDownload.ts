import { LearnerError } from '../errors.js';

/** What is used of a page's document. A worker has none. */
declare const document:
  | { createElement(tag: 'a'): { href: string; download: string; click(): void } }
  | undefined;

/**
 * Has a page's user save a file, as a click on a link for a download does.
 *
 * @returns The file's name.
 * @throws LearnerError in a worker.
 */
export function offerDownload(name: string, file: Blob): string {
  if (typeof document === 'undefined') {
    throw new LearnerError(
      `A worker cannot save the file ${name}: use learn.exportBlob, and save it in the page.`,
    );
  }
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has read it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return name;
}
