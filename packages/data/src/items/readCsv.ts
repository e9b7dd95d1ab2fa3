import { decodeText, FileFormatError } from '@fastts/core';
import fs from 'fs-extra';
import { DataError, EmptySourceError } from '../errors.js';

/** The value of a table cell; `null` if it is empty. */
export type CellValue = string | number | boolean | null;

/** A row of a table: its cells by column name. */
export type Row = Readonly<Record<string, CellValue>>;

/** Rows, with the column names in the table's order. */
export type Rows<R = Row> = R[] & { readonly columns: readonly string[] };

/** Settings of {@link readCsv}. */
export interface ReadCsvOptions {
  /** Whether the first line holds the column names (default true); otherwise they are the indices from 0. */
  header?: boolean;
  /** Delimiter between cells (default `','`). */
  delimiter?: string;
  /** Quote character around cells that contain the delimiter or a line break (default `'"'`); `null` for none. */
  quote?: string | null;
  /**
   * Encoding of a file without a byte order mark, by its name in the Encoding Standard, such as `'windows-1252'` for the
   * plain CSV of Excel in Western Europe (default UTF-8).
   */
  encoding?: string;
}

/**
 * Reads a CSV file into rows, the items of a `DataBlock`.
 *
 * Lines may end in `\n`, `\r\n` or `\r`, also within one file.
 *
 * A column whose cells are all numbers is read as numbers, one of `True` and `False` (or `true` and `false`) as booleans,
 * and any other as text. Empty cells are `null`, and so are `NaN`, `NA` and `null` among numbers and booleans. A repeated
 * column name gets a number, as in `name.1`. Unlike in pandas, numbers with leading zeros, such as `007`, and integers too
 * long for a JavaScript number stay text: they are identifiers.
 *
 * Source: pandas `read_csv`, by which fastai reads tables.
 *
 * @typeParam R The type of a row, if it is known more precisely than `Row`; it is not checked.
 * @throws EmptySourceError when the file is empty.
 * @throws DataError when the file does not exist, when a byte does not belong to the encoding, or when a line does not match
 *   the columns.
 * @throws ArgumentError when the encoding is unknown.
 * @example
 * const rows = await readCsv<{ fname: string; labels: string; is_valid: boolean }>('train.csv');
 */
export async function readCsv<R extends object = Row>(
  path: string,
  options?: ReadCsvOptions,
): Promise<Rows<R>>;
export async function readCsv(
  path: string,
  { header = true, ...options }: ReadCsvOptions = {},
): Promise<Rows> {
  const lines = await readCsvCells(path, options);
  const columns = header ? distinct(lines.shift()!) : Array.from(lines[0]!, (_, i) => String(i));
  const typed = columns.map((_, i) => typedColumn(lines.map((line) => line[i] ?? '')));
  const rows = lines.map((_, r) => Object.fromEntries(columns.map((name, c) => [name, typed[c]![r]!])));
  return Object.assign(rows, { columns });
}

/**
 * The cells of a CSV file as text, including the line of column names.
 *
 * @throws the errors of {@link readCsv}.
 * @internal
 */
export async function readCsvCells(
  path: string,
  { delimiter = ',', quote = '"', encoding }: Omit<ReadCsvOptions, 'header'> = {},
): Promise<string[][]> {
  const { parse } = await import('csv-parse/sync');
  let bytes: Buffer;
  try {
    bytes = await fs.readFile(path);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = isMissing ? 'the file does not exist' : (cause as Error).message;
    throw new DataError(`${path} cannot be read as CSV: ${reason}. Check the path.`, { cause });
  }
  const text = decoded(path, bytes, encoding);
  let lines: string[][];
  try {
    lines = parse(text, {
      delimiter,
      quote,
      recordDelimiter: ['\r\n', '\n', '\r'],
      skipEmptyLines: true,
      relaxColumnCountLess: true,
      relaxQuotes: true,
    });
  } catch (cause) {
    throw new DataError(
      `${path} cannot be read as CSV: ${(cause as Error).message}. ` +
        'Correct the line, or set delimiter and quote.',
      { cause },
    );
  }
  lines = lines.filter((cells) => cells.length > 1 || cells[0] === '' || cells[0]!.trim() !== '');
  if (lines.length === 0) throw new EmptySourceError(`${path} is empty: check the path.`);
  return lines;
}

/**
 * A line of a CSV file, with its line break.
 *
 * @internal
 */
export function csvLine(cells: readonly unknown[]): string {
  const fields = cells.map((cell) => {
    const text = String(cell ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${fields.join(',')}\n`;
}

function decoded(path: string, bytes: Uint8Array, encoding: string | undefined): string {
  try {
    return decodeText(bytes, encoding);
  } catch (cause) {
    if (!(cause instanceof FileFormatError)) throw cause;
    const such = encoding === undefined ? ", such as 'windows-1252'" : '';
    throw new DataError(`${path} cannot be read as CSV: ${cause.message}. Set its encoding${such}.`, {
      cause,
    });
  }
}

const MISSING = new Set(['', 'NaN', 'nan', 'NA', 'N/A', 'n/a', '<NA>', 'NULL', 'null', 'None']);
const NUMBER = /^ *[+-]?(?!0\d)(\d+\.?\d*|\.\d+)(e[+-]?\d+)? *$/i;
const BOOLEAN = /^(true|false)$/i;

/** Whether an integer survives the conversion to a number and back: those of 16 and more digits may not. */
function isExact(cell: string): boolean {
  return !/^ *[+-]?\d+ *$/.test(cell) || Number.isSafeInteger(Number(cell));
}

/** The names, with repeated ones made unique by the first free number. */
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
