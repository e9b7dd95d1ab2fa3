/**
 * The color that a GIF's first frame stores for transparent pixels, which decoders replace by black.
 *
 * Source: the GIF89a specification, sections 18 to 23.
 *
 * @returns `undefined` if the frame has no transparent color.
 */
export function transparentColor(file: Uint8Array): Uint8Array | undefined {
  const globalColors = tableAt(file, 13, file[10]!);
  let at = 13 + globalColors.length;
  let index: number | undefined;
  while (at < file.length) {
    if (file[at] === IMAGE) {
      const own = tableAt(file, at + 10, file[at + 9]!);
      const colors = own.length > 0 ? own : globalColors;
      const isInTable = index !== undefined && 3 * index + 3 <= colors.length;
      return isInTable ? colors.subarray(3 * index!, 3 * index! + 3) : undefined;
    }
    if (file[at] !== EXTENSION) return undefined;
    if (file[at + 1] === GRAPHIC_CONTROL && file[at + 3]! & 1) index = file[at + 6];
    // An extension is a list of blocks, each after its length, which ends with an empty one.
    at += 2;
    while (file[at]) at += 1 + file[at]!;
    at++;
  }
  return undefined;
}

const [EXTENSION, IMAGE, GRAPHIC_CONTROL] = [0x21, 0x2c, 0xf9];

/** The color table that a byte of flags announces; empty if there is none. */
function tableAt(file: Uint8Array, start: number, flags: number): Uint8Array {
  return file.subarray(start, flags & 0x80 ? start + 3 * 2 ** ((flags & 7) + 1) : start);
}
