const [COMPRESSION, PHOTOMETRIC] = [259, 262];
const YCBCR = 6;
/** JPEG, whose decoder converts to RGB. */
const JPEG = [6, 7];

/**
 * Checks that a TIFF's colors are not YCbCr that `sharp` would take for RGB.
 *
 * Source: the TIFF 6.0 specification, sections 2 and 21.
 *
 * @throws Error whose message is the reason why it cannot be read.
 */
export function checkTiffColors(file: Uint8Array): void {
  const isLittle = file[0] === 0x49;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  // BigTIFF, of more than 4 GB, has another layout.
  if (view.getUint16(2, isLittle) !== 42) return;
  const start = view.getUint32(4, isLittle);
  const count = view.getUint16(start, isLittle);
  const field = (tag: number) => {
    for (let i = 0, at = start + 2; i < count; i++, at += 12) {
      if (view.getUint16(at, isLittle) === tag) return view.getUint16(at + 8, isLittle);
    }
    return 0;
  };
  if (field(PHOTOMETRIC) === YCBCR && !JPEG.includes(field(COMPRESSION))) {
    throw new Error(
      'its colors are YCbCr without JPEG compression, which is not supported: convert it to RGB',
    );
  }
}
