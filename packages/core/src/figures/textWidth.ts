/** Widths of a sans-serif's characters as shares of the font's size: those of Helvetica, rounded up. */
const widths: readonly (readonly [characters: RegExp, width: number])[] = [
  [/[ijl.,:;'|!]/, 0.28],
  [/[frtI()[\]{}/\\\-"“” ]/, 0.36],
  [/[mwMW@%—]/, 0.95],
  [/[A-Z&…]/, 0.74],
  [/[\u1100-\uffff]|\p{Extended_Pictographic}/u, 1],
];
const OTHERS = 0.56;

/** About how wide a line of text is drawn at that font size, where there is no font to ask. */
export function textWidth(text: string, fontSize: number): number {
  const shares = [...text].map((character) => widths.find(([some]) => some.test(character))?.[1] ?? OTHERS);
  return fontSize * shares.reduce((sum, share) => sum + share, 0);
}

/** A line of text that is at most so wide, its end replaced by `…` where it would be wider. */
export function shorten(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const characters = [...text];
  const cut = () => `${characters.join('')}…`;
  while (characters.length > 1 && textWidth(cut(), fontSize) > width) characters.pop();
  return cut();
}

/** Text as lines that are at most so wide, broken between words. */
export function wrap(text: string, fontSize: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(line, fontSize) <= width) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.map((line) => shorten(line, fontSize, width));
}
