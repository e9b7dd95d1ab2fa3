import { FasttsError } from '@fastts/core';

/** Base class of errors about the user's data. The message names the problem, the value and the remedy. */
export class DataError extends FasttsError {
  static override readonly name: string = 'DataError';
}

/** A folder or a source is empty. */
export class EmptySourceError extends DataError {
  static override readonly name: string = 'EmptySourceError';
}

/** A label cannot be read or is not in the vocabulary. Such items are never skipped: loading stops. */
export class LabelError extends DataError {
  static override readonly name: string = 'LabelError';
}

/** Items that cannot be collated into one batch. */
export class CollateError extends DataError {
  static override readonly name: string = 'CollateError';
}

/** An item cannot be loaded. Thrown if `strict`; otherwise the item is skipped and reported. */
export class ItemError extends DataError {
  static override readonly name: string = 'ItemError';
}

/** A file cannot be downloaded. */
export class DownloadError extends DataError {
  static override readonly name: string = 'DownloadError';
}

/** An archive is truncated, damaged, or not the expected file. */
export class ArchiveError extends DataError {
  static override readonly name: string = 'ArchiveError';
}
