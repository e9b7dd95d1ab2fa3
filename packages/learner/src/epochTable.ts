import { log } from '@fastts/core';

/** An entry of the table of epochs. */
export type Cell = string | number | null;

/** Writes a row of the table of epochs: numbers with six decimals, in columns that stay in line. */
export function writeRow(row: readonly Cell[]): void {
  log(formatRow(row));
}

/** A row of the table of epochs as text. */
export function formatRow(row: readonly Cell[]): string {
  return row
    .map((cell, i) => formatCell(cell).padEnd(i === 0 ? 7 : 12))
    .join('')
    .trimEnd();
}

function formatCell(cell: Cell): string {
  if (cell === null) return 'None';
  if (typeof cell === 'string' || Number.isInteger(cell)) return String(cell);
  return cell.toFixed(6);
}

/**
 * A time as the table shows it: `mm:ss`, or `h:mm:ss` from an hour on.
 *
 * @param seconds rounded down to whole ones
 */
export function formatTime(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${hours > 0 ? `${hours}:` : ''}${two(minutes)}:${two(whole % 60)}`;
}
