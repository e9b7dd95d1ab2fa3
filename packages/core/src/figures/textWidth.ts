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
