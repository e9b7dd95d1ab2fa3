import type { ChangeLog, CleanerChange } from './changeLog.js';

/** Where labels are stored, and how they are changed there. Places are what the log names: relative paths, or cells of a table. */
export interface LabelStore {
  readonly log: ChangeLog;
  /** @throws DataError when a picture with this label is not stored here. */
  check(path: string, label: string): void;
  /** The labels that differ from those the data was made with, by place; empty for a removed picture. */
  labelsNow(): Promise<ReadonlyMap<string, string>>;
  placeOf(path: string): string;
  pathOf(place: string): string;
  /** Where a picture is to be once it has another label, or once it is removed if the label is empty. */
  destination(path: string, newLabel: string): string;
  /**
   * Makes a change and logs it: both or, if that throws, neither.
   *
   * @returns The picture's path afterwards, which has a number if there was another file.
   */
  perform(change: CleanerChange): Promise<string>;
}
