import { ArgumentError, type OneOrMany, registered, toList } from '@fastts/core';
import { DataError } from '../errors.js';
import { nearestLabel } from '../targets/nearestLabel.js';
import { composed } from './composed.js';
import type { Row } from './readCsv.js';
import { MaskSplitter, type Splits, type Splitter } from './splitters.js';

/** A column of a table: its name, or its index from 0. */
export type Column<R extends object = Row> = (keyof R & string) | number;

/** Settings of {@link ColReader}. */
export interface ColReaderOptions {
  /** Text prepended to the value; a folder needs its trailing `/` (default none). */
  pref?: string;
  /** Text appended to the value, such as `'.jpg'` (default none). */
  suff?: string;
  /** Delimiter by which the value is split into a list of labels; an empty value has no labels. */
  labelDelim?: string;
}

/**
 * Returns a getter that reads one column of a row, or several as a list.
 *
 * Source: fastai `data/transforms.py`, `ColReader`.
 *
 * @param cols Names, or indices from 0 in the order of the row's properties.
 * @throws ArgumentError (when reading) when the row does not have the column.
 * @throws DataError (when reading) when the cell is empty and `pref` or `suff` is set.
 * @example
 * const getX = ColReader('fname', { pref: `${path}/train/`, suff: '.jpg' });
 * const getY = ColReader('labels', { labelDelim: ' ' });
 */
export const ColReader = registered('ColReader')(function ColReader(
  cols: OneOrMany<Column>,
  { pref = '', suff = '', labelDelim }: ColReaderOptions = {},
): (row: object) => unknown {
  const one = (row: object, col: Column) => {
    const value = valueIn(row, col);
    if (labelDelim !== undefined) {
      return value === null || value === '' ? [] : String(value).split(labelDelim);
    }
    if (pref === '' && suff === '') return value;
    if (value === null || value === undefined || value === '') {
      throw new DataError(
        `The cell of column ${typeof col === 'number' ? col : `'${col}'`} is empty: remove the row.`,
      );
    }
    return `${pref}${value}${suff}`;
  };
  const columns = toList(cols);
  return (row) => (columns.length === 1 ? one(row, columns[0]!) : columns.map((col) => one(row, col)));
});

/**
 * Splits rows by a column: rows whose value is true, or one of `on`, are for validation.
 *
 * Source: fastai `data/transforms.py`, `ColSplitter`.
 */
export class ColSplitter implements Splitter<object> {
  private readonly on: ReadonlySet<unknown> | undefined;

  /**
   * @param col Name of the column, or its index from 0 (default `'is_valid'`).
   * @param options.on The value, or values, of validation rows (default: any value that is truthy in JavaScript).
   */
  constructor(
    readonly col: Column = 'is_valid',
    { on }: { on?: unknown } = {},
  ) {
    if (on !== undefined) this.on = new Set(toList(on).map(composed));
  }

  /** @throws ArgumentError when a row does not have the column, or when the column holds words and `on` is not given. */
  split(rows: readonly object[]): Splits {
    const values = rows.map((row) => valueIn(row, this.col));
    const word = values.find((value) => typeof value === 'string');
    if (!this.on && word !== undefined && values.every(Boolean)) {
      throw new ArgumentError(
        `The words in column '${this.col}', such as '${word}', are all truthy, so no row is left for training: set ` +
          '`on` of ColSplitter to the words for validation, or use a column of true and false.',
      );
    }
    return new MaskSplitter(values.map((value) => this.on?.has(composed(value)) ?? Boolean(value))).split(
      rows,
    );
  }
}

function valueIn(row: object, col: Column): unknown {
  if (typeof col === 'string' && Object.hasOwn(row, col)) return row[col as keyof typeof row];
  const names = Object.keys(row);
  const name =
    typeof col === 'number' ? names.at(col) : names.find((other) => composed(other) === composed(col));
  if (name !== undefined) return row[name as keyof typeof row];
  const delimiter =
    names.length === 1 && ([';', '\t', '|'] as const).find((mark) => names[0]!.includes(mark));
  if (delimiter) {
    throw new ArgumentError(
      `There is no column ${JSON.stringify(col)}: the only column is ${JSON.stringify(names[0])}. ` +
        `Read the table with delimiter ${JSON.stringify(delimiter)}.`,
    );
  }
  throw new ArgumentError(
    typeof col === 'number'
      ? `There is no column ${col}: the row has ${names.length} columns, numbered from 0.`
      : `There is no column '${col}' among ${names.join(', ')}: the most similar is '${nearestLabel(col, names)}'.`,
  );
}
