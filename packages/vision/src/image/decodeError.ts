import { isPixels } from '@fastts/core';
import { readSize } from './encodedImage.js';
import type { ImageSource } from './lazyImage.js';
import { maxImagePixels } from './pixelLimit.js';

/** The reason why an image cannot be read, in one sentence, from the error of the file system or the decoder. */
export async function decodeReason(
  { code, message }: NodeJS.ErrnoException,
  source: ImageSource,
): Promise<string> {
  if (code === 'ENOENT') return 'the file does not exist';
  if (code === 'EISDIR') return 'it is a folder';
  if (message.includes('exceeds pixel limit') && !isPixels(source)) {
    const [height, width] = await readSize(source, { unlimited: true });
    return `it has ${height}×${width} pixels, more than the limit of ${maxImagePixels()}: raise it by setMaxImagePixels(count)`;
  }
  if (message.includes('unsupported image format')) {
    return 'it is not an image in a supported format (JPEG, PNG, WebP, GIF, TIFF, AVIF, SVG)';
  }
  if (message.toLowerCase() === 'input buffer is empty') return 'the file is empty';
  return decoderReason(message);
}

/** The first informative one of libvips' lines, which include each attempt to seek in a truncated file. */
function decoderReason(message: string): string {
  const [header, text] = message.startsWith(HEADER)
    ? ['its header ', message.slice(HEADER.length)]
    : ['', message];
  const lines = text.split('\n').map((line) => line.trim());
  const line = lines.find((line) => line !== '' && line !== 'Unknown error' && !line.includes('bad seek'));
  if (line && !header && !DECODERS.test(line)) return line;
  return `${header || 'it '}is damaged or truncated${line ? ` (${line})` : ''}`;
}

const HEADER = 'Input buffer has corrupt header:';

/** How the lines of libvips' decoders begin. */
const DECODERS = /^(vips|webp|gif|heif|tiff|svg|glib|source|jp2k|jxl)/i;
