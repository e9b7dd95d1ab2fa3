import { ArgumentError, node, writeFileWhole } from '@fastts/core';
import { csvLine, DataError, readCsvCells } from '@fastts/data';
import { ChangeLog, type CleanerChange, changesFile, reversed, withoutExtension } from './changeLog.js';
import type { CleanerOptions } from './cleanerOptions.js';
import type { LabelStore } from './labelStore.js';

/** Settings of {@link LabelTable}. */
export interface LabelTableOptions extends Pick<CleanerOptions, 'fnCol' | 'labelCol' | 'suff'> {
  /** The CSV file with a line of column names, and one line per picture. */
  labels: string;
  /** The folder to which the images' names in the table are relative. */
  path: string;
}

/**
 * Labels in a table, which is not changed: the log beside it has the changes, and a second table beside it has the rows with
 * the changed labels and without the deleted pictures. No picture is moved.
 */
export class LabelTable implements LabelStore {
  readonly log: ChangeLog;
  /** The table with the changes. */
  readonly cleaned: string;

  private constructor(
    private readonly options: Required<LabelTableOptions>,
    private readonly names: ReadonlySet<string>,
    private readonly columns: { name: number; label: number },
  ) {
    this.log = new ChangeLog(changesFile(options.labels));
    this.cleaned = `${withoutExtension(node.path.resolve(options.labels))}-cleaned.csv`;
  }

  /**
   * @throws DataError when the file cannot be read, or names an image twice.
   * @throws ArgumentError when a column does not exist.
   */
  static async open({ fnCol = 0, labelCol = 1, suff = '', ...rest }: LabelTableOptions): Promise<LabelTable> {
    const [header, ...rows] = await readCsvCells(rest.labels);
    const columns = {
      name: columnOf(header!, fnCol, rest.labels),
      label: columnOf(header!, labelCol, rest.labels),
    };
    const names = new Set<string>();
    for (const row of rows) {
      const name = row[columns.name]!;
      if (names.has(name)) {
        throw new DataError(
          `${rest.labels} names the image ${name} twice: remove one of the lines, or set fnCol to another column.`,
        );
      }
      names.add(name);
    }
    return new LabelTable({ ...rest, fnCol, labelCol, suff }, names, columns);
  }

  check(path: string): void {
    if (this.names.has(this.placeOf(path))) return;
    const { labels, suff } = this.options;
    throw new DataError(
      `${labels} has no image '${this.placeOf(path)}' in column ${this.options.fnCol}${suff === '' ? '' : ` (with ${suff} after it)`}: set path to the folder of the images, and fnCol and suff as in the data.`,
    );
  }

  async labelsNow(): Promise<ReadonlyMap<string, string>> {
    return new Map((await this.log.changes()).map(({ from, newLabel }) => [from, newLabel]));
  }

  placeOf(path: string): string {
    const { path: folder, suff } = this.options;
    const name = node.path.relative(folder, path).replaceAll(node.path.sep, '/');
    return suff !== '' && name.endsWith(suff) ? name.slice(0, -suff.length) : name;
  }

  pathOf(place: string): string {
    return node.path.join(this.options.path, place + this.options.suff);
  }

  destination(path: string): string {
    return path;
  }

  async perform(change: CleanerChange): Promise<string> {
    await this.log.append(change);
    if (change.label !== change.newLabel) {
      try {
        await this.writeCleaned();
      } catch (error) {
        await this.log.append(reversed(change));
        throw error;
      }
    }
    return this.pathOf(change.to);
  }

  private async writeCleaned(): Promise<void> {
    const { name, label } = this.columns;
    const [header, ...rows] = await readCsvCells(this.options.labels);
    const now = await this.labelsNow();
    const kept = rows.filter((row) => now.get(row[name]!) !== '');
    const lines = kept.map((row) => csvLine(row.with(label, now.get(row[name]!) ?? row[label]!)));
    await writeFileWhole(this.cleaned, csvLine(header!) + lines.join(''));
  }
}

function columnOf(header: readonly string[], column: string | number, file: string): number {
  const index = typeof column === 'number' ? column : header.indexOf(column);
  if (index in header) return index;
  const known = header.join(', ');
  throw new ArgumentError(
    typeof column === 'number'
      ? `${file} has no column ${column}: it has ${header.length} columns, numbered from 0: ${known}.`
      : `${file} has no column '${column}': its columns are ${known}.`,
  );
}
