import { readFile } from 'node:fs/promises';
import { DataError, EmptySourceError } from '../errors.js';

/** What a cell of a table holds; `null` where it is empty. */
export type CellValue = string | number | boolean | null;

/** A row of a table: its cells by the columns' names. */
export type Row = Readonly<Record<string, CellValue>>;

/** Rows, with the names of their columns in the table's order. */
export type Rows<R = Row> = R[] & { readonly columns: readonly string[] };

/** Settings of {@link readCsv}. */
export interface ReadCsvOptions {
  /** Whether the first line names the columns (default true); without, they are named by their numbers from 0. */
  header?: boolean;
  /** What stands between cells (default `','`). */
  delimiter?: string;
  /** What stands around a cell that holds the delimiter or a line's end (default `'"'`); `null` for nothing. */
  quote?: string | null;
}

/**
 * Reads a CSV file into rows, the items of a `DataBlock`.
 *
 * A column whose cells are all numbers comes as numbers, one of `True` and `False` (or `true` and `false`) as
 * booleans, all others as text. What is empty is `null`, and so are `NaN`, `NA` and `null` among numbers and
 * booleans. A column's name that comes again gets a number, as `name.1`. Unlike pandas it leaves numbers with zeros in
 * front, such as `007`, and whole ones of more digits than a number here holds as text: they are names.
 *
 * Source: pandas `read_csv`, by which fastai reads tables.
 *
 * @typeParam R what a row is, where you know it better than `Row`
 * @throws EmptySourceError for a file in which there is nothing
 * @throws DataError for a file that is not there, or whose lines do not fit its columns
 * @example
 * const rows = await readCsv<{ fname: string; labels: string; is_valid: boolean }>('train.csv');
 */
export async function readCsv<R extends object = Row>(
  path: string,
  { header = true, delimiter = ',', quote = '"' }: ReadCsvOptions = {},
): Promise<Rows<R>> {
  const { parse } = await import('csv-parse/sync');
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = isMissing ? 'there is no such file' : (cause as Error).message;
    throw new DataError(`${path} cannot be read as CSV: ${reason}. Check the path.`, { cause });
  }
  let lines: string[][];
  try {
    lines = parse(bytes, {
      bom: true,
      delimiter,
      quote,
      skipEmptyLines: true,
      relaxColumnCountLess: true,
      relaxQuotes: true,
    });
  } catch (cause) {
    throw new DataError(
      `${path} cannot be read as CSV: ${(cause as Error).message}. ` +
        'Correct the line, or say how cells are set apart by delimiter and quote.',
      { cause },
    );
  }
  lines = lines.filter((cells) => cells.length > 1 || cells[0]!.trim() !== '');
  if (lines.length === 0) throw new EmptySourceError(`${path} is empty: check the path.`);
  const columns = header ? distinct(lines.shift()!) : Array.from(lines[0]!, (_, i) => String(i));
  const typed = columns.map((_, i) => typedColumn(lines.map((line) => line[i] ?? '')));
  const rows = lines.map((_, r) => Object.fromEntries(columns.map((name, c) => [name, typed[c]![r]!])));
  return Object.assign(rows, { columns }) as unknown as Rows<R>;
}

const MISSING = new Set(['', 'NaN', 'nan', 'NA', 'N/A', 'n/a', '<NA>', 'NULL', 'null', 'None']);
const NUMBER = /^ *[+-]?(?!0\d)(\d+\.?\d*|\.\d+)(e[+-]?\d+)? *$/i;
const BOOLEAN = /^(true|false)$/i;

/** Whether a number, if it is whole, comes back digit by digit: names of sixteen and more digits do not. */
function isExact(cell: string): boolean {
  return !/^ *[+-]?\d+ *$/.test(cell) || Number.isSafeInteger(Number(cell));
}

/** The names, each that has come before with the first number that makes it another than all. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set(names);
  return names.map((name, i) => {
    if (names.indexOf(name) === i) return name;
    let number = 1;
    while (taken.has(`${name}.${number}`)) number++;
    taken.add(`${name}.${number}`);
    return `${name}.${number}`;
  });
}

function typedColumn(cells: readonly string[]): CellValue[] {
  const known = cells.filter((cell) => !MISSING.has(cell));
  const all = (pattern: RegExp) => known.length > 0 && known.every((cell) => pattern.test(cell));
  if (all(NUMBER) && known.every(isExact))
    return cells.map((cell) => (MISSING.has(cell) ? null : Number(cell)));
  if (all(BOOLEAN)) return cells.map((cell) => (MISSING.has(cell) ? null : cell.toLowerCase() === 'true'));
  return cells.map((cell) => (cell === '' ? null : cell));
}
