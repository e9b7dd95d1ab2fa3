/**
 * A value in the form in which names are compared: text is composed (Unicode's NFC), so that `é` is equal to `e` with a
 * combining accent, as macOS and the archives made there spell it.
 */
export function composed<T>(value: T): T | string {
  return typeof value === 'string' ? value.normalize('NFC') : value;
}
