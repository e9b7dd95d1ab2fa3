import { isPixels } from '@fastts/core';
import { readSize } from './encodedImage.js';
import type { ImageSource } from './lazyImage.js';
import { tooManyPixels } from './pixelLimit.js';

/** The reason why an image cannot be read, in one sentence, from the error of the file system or the decoder. */
export async function decodeReason(
  { code, message }: NodeJS.ErrnoException,
  source: ImageSource,
): Promise<string> {
  const reason = code && REASONS[code];
  if (reason) return reason;
  if (message.includes('exceeds pixel limit') && !isPixels(source)) {
    return readSize(source, { unlimited: true }).then(
      ([height, width]) => tooManyPixels(height, width),
      () => 'it is damaged',
    );
  }
  if (UNREADABLE_HEADER.test(message)) return 'its header is damaged or truncated';
  return decoderReason(message);
}

/** Messages of a decoder, and of a `DataView`, for a header that is damaged. */
const UNREADABLE_HEADER = /unsupported image format|outside the bounds/;

/** Reasons for the codes of the file system's errors. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'there is no permission to read it',
  EPERM: 'there is no permission to read it',
  ELOOP: 'it is a symbolic link that leads back to itself',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'its path is too long',
  ENXIO: 'it is not a file but a pipe, a socket or a device',
  ERR_FS_FILE_TOO_LARGE: 'the file is larger than 2 GiB',
};

/** The first informative one of libvips' lines, which include each attempt to seek in a truncated file. */
function decoderReason(message: string): string {
  const text = message.replace(HEADER, '');
  const header = text === message ? '' : 'its header ';
  const lines = text.split('\n').map((line) => line.trim());
  const line = lines.find((line) => line !== '' && line !== 'Unknown error' && !line.includes('bad seek'));
  if (line && !header && !DECODERS.test(line)) return line;
  return `${header || 'it '}is damaged or truncated${line ? ` (${line})` : ''}`;
}

const HEADER = /^Input (buffer|file) has corrupt header:/;

/** How the lines of libvips' decoders begin. */
const DECODERS = /^(vips|webp|gif|heif|tiff|svg|glib|source|jp2k|jxl)/i;
