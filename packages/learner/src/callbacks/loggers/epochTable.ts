import { logRow } from '@fastts/core';

/** An entry of the epoch table. */
export type Cell = string | number | null;

/** Minimum column width. */
const [FIRST_WIDTH, WIDTH] = [7, 12];

/**
 * Writes the rows of the epoch table: the epoch as an integer, other numbers with six decimals, in columns as wide as
 * the names in the header.
 */
export function tableWriter(): (row: readonly Cell[]) => void {
  let head: readonly string[] = [];
  return (row) => {
    const isHead = row.every((cell) => typeof cell === 'string');
    if (isHead) head = row;
    logRow({ cells: row.map(formatCell), isHead, line: formatRow(row, head) });
  };
}

function formatRow(row: readonly Cell[], head: readonly string[]): string {
  const width = (i: number) => Math.max(i === 0 ? FIRST_WIDTH : WIDTH, (head[i]?.length ?? 0) + 2);
  return row
    .map((cell, i) => formatCell(cell, i).padEnd(width(i)))
    .join('')
    .trimEnd();
}

function formatCell(cell: Cell, column: number): string {
  if (cell === null) return 'None';
  return typeof cell === 'string' || column === 0 ? String(cell) : cell.toFixed(6);
}

/**
 * A duration as shown in the table: `mm:ss`, or `h:mm:ss` from one hour on.
 *
 * @param seconds Rounded down to an integer.
 */
export function formatTime(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(whole % 60)}`;
}
