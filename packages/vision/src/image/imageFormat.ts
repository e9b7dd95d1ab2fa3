/** A format that is read. `'heif'` is the container of AVIF and HEIC. */
export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'heif' | 'bmp' | 'pnm';

/**
 * The format of a file by how it begins, whatever its name is.
 *
 * Only these formats are given to the decoder. It has others, such as SVG, whose programs can run for hours, and those
 * of a `sharp` built from source.
 *
 * @returns `undefined` for any other file.
 */
export function imageFormat(file: Uint8Array): ImageFormat | undefined {
  const text = String.fromCharCode(...file.subarray(0, 12));
  return SIGNATURES.find(([signature]) => signature.test(text))?.[1];
}

const SIGNATURES: readonly (readonly [RegExp, ImageFormat])[] = [
  [/^\xff\xd8\xff/, 'jpeg'],
  [/^\x89PNG\r\n/, 'png'],
  [/^RIFF....WEBP/s, 'webp'],
  [/^GIF8[79]a/, 'gif'],
  [/^(II[*+]|MM.[*+])/s, 'tiff'],
  [/^....ftyp/s, 'heif'],
  [/^BM/, 'bmp'],
  [/^P[1-6][\s#]/, 'pnm'],
];
