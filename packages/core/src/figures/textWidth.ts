/** Character widths of a sans-serif font as fractions of the font size: those of Helvetica, rounded up. */
const widths: readonly (readonly [characters: RegExp, width: number])[] = [
  [/[ijl.,:;'|!]/, 0.28],
  [/[frtI()[\]{}/\\\-"“” ]/, 0.36],
  [/[mwMW@%—]/, 0.95],
  [/[A-Z&…]/, 0.74],
  [/[\u1100-\uffff]|\p{Extended_Pictographic}/u, 1],
];
const DEFAULT_WIDTH = 0.56;

/** Estimates the width of a line of text at a font size, without access to the font. */
export function textWidth(text: string, fontSize: number): number {
  const shares = [...text].map(
    (character) => widths.find(([some]) => some.test(character))?.[1] ?? DEFAULT_WIDTH,
  );
  return fontSize * shares.reduce((sum, share) => sum + share, 0);
}

/** Truncates a line of text to a width, ending it with `…` if it is too long. */
export function shorten(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const characters = [...text];
  const cut = () => `${characters.join('')}…`;
  while (characters.length > 1 && textWidth(cut(), fontSize) > width) characters.pop();
  return cut();
}

/** Wraps text to a width, between words. */
export function wrap(text: string, fontSize: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(line, fontSize) <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.map((line) => shorten(line, fontSize, width));
}
