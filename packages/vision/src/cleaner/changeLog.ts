import { appendWhole, node, type Split } from '@fastts/core';
import { csvLine, DataError, readCsvCells } from '@fastts/data';
import fs from 'fs-extra';

/** What was decided about a picture: its label is right, it is removed from the data, or it has another label. */
export type CleanerAction = 'keep' | 'delete' | 'change';

/** A line of the log of an `ImageClassifierCleaner`. */
export interface CleanerChange {
  /** ISO 8601, in UTC. */
  time: string;
  action: CleanerAction | 'undo';
  /** The picture before: its path relative to the log's folder; of a table, the image's cell, before and after. */
  from: string;
  to: string;
  /** Its label before and after; empty if it is not in the data. */
  label: string;
  newLabel: string;
  split: Split;
  /** The predicted class, its probability, and the loss; empty and `null` if the picture could not be read. */
  predicted: string;
  confidence: number | null;
  loss: number | null;
}

const COLUMNS = [
  ...['time', 'action', 'from', 'to', 'label', 'new_label'],
  ...['set', 'predicted', 'confidence', 'loss'],
];

/**
 * The log of changes: a CSV file with one line per change, which is only ever appended to. A line with the action `undo`
 * reverts the last change before it that is not reverted yet.
 */
export class ChangeLog {
  constructor(readonly file: string) {}

  /**
   * The changes that are in effect, oldest first.
   *
   * @throws DataError when the file is not such a log.
   */
  async changes(): Promise<CleanerChange[]> {
    const stats = await fs.promises.stat(this.file).catch(() => undefined);
    if (!stats || (stats.isFile() && stats.size === 0)) return [];
    const [header, ...lines] = await readCsvCells(this.file);
    if (header!.join() !== COLUMNS.join()) {
      throw new DataError(
        `${this.file} is not a log of changes: its columns are ${header!.join(', ')}. Move it elsewhere.`,
      );
    }
    const inEffect: CleanerChange[] = [];
    for (const cells of lines) {
      // The machine stopped in the middle of a line, so before the change that it describes.
      if (cells.length < COLUMNS.length) continue;
      const change = changeOf(cells);
      if (change.action === 'undo') inEffect.pop();
      else inEffect.push(change);
    }
    return inEffect;
  }

  /** @throws WriteError when the file cannot be written; it is then as before. */
  async append(change: CleanerChange): Promise<void> {
    const text = (await fs.pathExists(this.file)) ? await fs.readFile(this.file) : new Uint8Array();
    const { time, action, from, to, label, newLabel, split, predicted, confidence, loss } = change;
    const line = csvLine([
      ...[time, action, from, to, label, newLabel, split, predicted],
      ...[confidence?.toFixed(4), loss?.toFixed(4)],
    ]);
    const before = text.length === 0 ? csvLine(COLUMNS) : text.at(-1) === NEWLINE ? '' : '\n';
    await appendWhole(this.file, `${before}${line}`, { flush: true });
  }
}

const NEWLINE = 10;

function changeOf(cells: readonly string[]): CleanerChange {
  const [time, action, from, to, label, newLabel, set, predicted, confidence, loss] = cells;
  return {
    time: time!,
    action: action === 'keep' || action === 'delete' || action === 'change' ? action : 'undo',
    from: from!,
    to: to!,
    label: label!,
    newLabel: newLabel!,
    split: set === 'valid' ? 'valid' : 'train',
    predicted: predicted!,
    confidence: confidence ? Number(confidence) : null,
    loss: loss ? Number(loss) : null,
  };
}

/** The line that cancels another one: an undo of a change, or the change again after an undo. */
export function reversed(change: CleanerChange): CleanerChange {
  const { action, from, to, label, newLabel } = change;
  const again = label === '' ? 'delete' : label === newLabel ? 'keep' : 'change';
  return {
    ...change,
    ...{ action: action === 'undo' ? again : 'undo', from: to, to: from },
    ...{ label: newLabel, newLabel: label },
  };
}

/**
 * The pictures of a folder as they were before the changes of an `ImageClassifierCleaner`: for those in `files` that were moved
 * there, the earlier paths; and the earlier paths of those that were removed.
 *
 * @param path The folder.
 * @internal
 */
export async function beforeCleaning(
  path: string,
  files: readonly string[],
): Promise<{ originals: string[]; removed: string[] }> {
  const log = new ChangeLog(changesFile(path));
  const folder = node.path.dirname(log.file);
  const origins = new Map<string, string>();
  for (const { from, to } of await log.changes()) {
    const earlier = node.path.resolve(folder, from);
    const origin = origins.get(earlier) ?? earlier;
    origins.delete(earlier);
    origins.set(node.path.resolve(folder, to), origin);
  }
  const originals = files.map((file) => {
    const full = node.path.resolve(file);
    const origin = origins.get(full);
    origins.delete(full);
    return origin ?? full;
  });
  return { originals, removed: [...origins.values()] };
}

/** The log of a folder, or of a table of labels: beside it. */
export function changesFile(path: string): string {
  return `${withoutExtension(node.path.resolve(path))}-changes.csv`;
}

/** A path beside a table: `train.csv` gives `train-cleaned.csv`. */
export function withoutExtension(path: string): string {
  return path.replace(/\.(csv|tsv|txt)$/i, '');
}
