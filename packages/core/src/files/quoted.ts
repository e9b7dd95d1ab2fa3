const LONGEST = 80;

/**
 * A text from a file for a message: shortened, and without characters that would change what a terminal shows.
 *
 * @internal
 */
export function printable(text: string, longest = LONGEST): string {
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return short.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

/**
 * The printable text in quotes.
 *
 * @internal
 */
export function quoted(text: string): string {
  return `'${printable(text)}'`;
}
