import { FasttsError } from '@fastts/core';

/** Something about the data a person gave is wrong: the message says what, with the value, and what to do. */
export class DataError extends FasttsError {}

/** A folder or a source in which nothing was found. */
export class EmptySourceError extends DataError {}

/** A label that a labeller could not read or that the vocabulary does not have. Never skipped: it stops the run. */
export class LabelError extends DataError {}

/** Items that do not fit together in one batch. */
export class CollateError extends DataError {}

/** An item that could not be loaded: thrown when `strict`, otherwise the item is skipped and reported. */
export class ItemError extends DataError {}

/** A data set that could not be fetched. */
export class DownloadError extends DataError {}

/** An archive that is cut short, damaged, or not the file it should be. */
export class ArchiveError extends DataError {}
