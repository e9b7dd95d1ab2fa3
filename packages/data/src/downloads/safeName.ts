import { node } from '@fastts/core';

/** The most bytes in a name from {@link safeName}: what is added to it fits into the 255 that file systems allow. */
const MAX_BYTES = 120;

/**
 * The name of a file or a folder for a part of a URL: always one name, never a path, on all platforms. Separators, control
 * characters and characters that Windows does not allow become `_`; a name that is too long is cut, and ends in its hash.
 *
 * @returns An empty string if nothing is left, such as of `..`.
 * @internal
 */
export function safeName(encoded: string): string {
  const text = decoded(encoded).normalize('NFC');
  let name = text.replace(/[^\p{L}\p{M}\p{N}._+@=,() -]+/gu, '_').replace(/^[. ]+|[. ]+$/g, '');
  if (RESERVED_ON_WINDOWS.test(name)) name = `_${name}`;
  if (RESERVED_HERE.test(name)) name = `${name}_`;
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  const extension = node.path.extname(name).slice(0, 10);
  const start = Buffer.from(name)
    .subarray(0, MAX_BYTES - 24)
    .toString()
    .replace(/\uFFFD+$/, '');
  return `${start}-${shortHash(text)}${extension}`;
}

/**
 * Eight hexadecimal digits that distinguish texts.
 *
 * @internal
 */
export function shortHash(text: string): string {
  return node.crypto.createHash('sha256').update(text).digest('hex').slice(0, 8);
}

const RESERVED_ON_WINDOWS = /^(con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(\.|$)/i;
/** What is written next to a file or folder while it is being downloaded ends so. */
const RESERVED_HERE = /\.(part|part\.json|lock|unchecked|unpacking|old)$/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
