/**
 * Normalizes a value for comparison: text to Unicode's composed form (NFC), so that `é` equals `e` with a combining
 * accent, which macOS writes to file names and archives.
 *
 * @internal
 */
export function composed<T>(value: T): T | string {
  return typeof value === 'string' ? value.normalize('NFC') : value;
}
