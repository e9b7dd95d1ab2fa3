import { ArgumentError, node } from '@fastts/core';
import { composed, DataError } from '@fastts/data';
import fs from 'fs-extra';
import { ChangeLog, type CleanerChange, changesFile, reversed } from './changeLog.js';
import type { LabelStore } from './labelStore.js';
import { moveFile } from './moveFile.js';

/** Settings of {@link LabelFolders}. */
export interface LabelFoldersOptions {
  /** The folder of the pictures. */
  path: string;
  /** The folder to which deleted pictures are moved. */
  removed?: string;
}

/** Labels that are the names of the pictures' folders: a picture is moved to have another label. */
export class LabelFolders implements LabelStore {
  readonly log: ChangeLog;
  readonly removed: string;
  private readonly path: string;

  constructor({ path, removed = `${node.path.resolve(path)}-removed` }: LabelFoldersOptions) {
    this.path = node.path.resolve(path);
    this.removed = node.path.resolve(removed);
    this.log = new ChangeLog(changesFile(this.path));
    if (isWithin(this.path, this.removed)) {
      throw new ArgumentError(
        `removed must not be a folder in ${this.path}, whose pictures are data, got ${removed}: choose one beside it.`,
      );
    }
  }

  check(path: string, label: string): void {
    const full = node.path.resolve(path);
    const folder = node.path.dirname(full);
    if (isWithin(this.path, folder) && composed(node.path.basename(folder)) === label) return;
    throw new DataError(
      `${path} is not in a folder '${label}' within ${this.path}, so that moving it would not change its label: set path to the folder with one subfolder per class, or labels to the CSV file with the labels.`,
    );
  }

  labelsNow(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map());
  }

  placeOf(path: string): string {
    const relative = node.path.relative(node.path.dirname(this.log.file), node.path.resolve(path));
    return relative.replaceAll(node.path.sep, '/');
  }

  pathOf(place: string): string {
    const path = node.path.resolve(node.path.dirname(this.log.file), place);
    if (isWithin(this.path, path) || isWithin(this.removed, path)) return path;
    throw new DataError(
      `${this.log.file} names ${path}, which is neither in ${this.path} nor in ${this.removed}: pass the folder of removed pictures that was used then, or move the log elsewhere.`,
    );
  }

  destination(path: string, newLabel: string): string {
    const full = node.path.resolve(path);
    if (newLabel === '') return node.path.join(this.removed, node.path.relative(this.path, full));
    if (!isFolderName(newLabel)) {
      throw new DataError(`The class '${newLabel}' cannot be the name of a folder: rename the class.`);
    }
    const folders = node.path.join(node.path.dirname(full), '..');
    // The class's folder may be spelled with accents that are separate characters.
    const folder = fs.readdirSync(folders).find((name) => composed(name) === newLabel) ?? newLabel;
    return node.path.join(folders, folder, node.path.basename(full));
  }

  async perform(change: CleanerChange): Promise<string> {
    const [from, to] = [this.pathOf(change.from), this.pathOf(change.to)];
    if (from === to) {
      await this.log.append(change);
      return from;
    }
    const logged = (path: string) => ({ ...change, to: this.placeOf(path) });
    return moveFile(
      from,
      to,
      (path) => this.log.append(logged(path)),
      (path) => this.log.append(reversed(logged(path))),
    );
  }
}

function isWithin(folder: string, path: string): boolean {
  const relative = node.path.relative(folder, path);
  return relative !== '..' && !relative.startsWith(`..${node.path.sep}`) && !node.path.isAbsolute(relative);
}

function isFolderName(label: string): boolean {
  return label !== '' && !/^\.{1,2}$/.test(label) && !/[\\/\0]/.test(label);
}
