import { ArgumentError, FileFormatError } from '../errors.js';

/** Encodings by the byte order mark at the start of a text. */
const MARKS: readonly (readonly [encoding: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * Decodes the bytes of a text: by its byte order mark if it has one, otherwise by `encoding`.
 *
 * @param encoding A name of the Encoding Standard, such as `'windows-1252'` (default UTF-8).
 * @throws FileFormatError when a byte does not belong to the encoding; the message, a clause for the caller's
 *   sentence, has the byte's offset and line.
 * @throws ArgumentError when the encoding is unknown.
 */
export function decodeText(bytes: Uint8Array, encoding?: string): string {
  const marked = MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte))?.[0];
  const name = marked ?? encoding ?? 'utf-8';
  const decoder = decoderOf(name);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    const at = firstInvalid(bytes, name);
    throw new FileFormatError(`${placeOf(bytes, at)} is not ${name}`, { cause });
  }
  // Latin letters in UTF-16 are valid UTF-8, with a NUL next to each.
  const nul = marked || encoding ? -1 : bytes.indexOf(0);
  if (nul >= 0) {
    const likely = nul % 2 === 0 ? 'utf-16be' : 'utf-16le';
    throw new FileFormatError(`${placeOf(bytes, nul)} is not text in utf-8, but may be in ${likely}`);
  }
  return text;
}

function decoderOf(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    throw new ArgumentError(
      `encoding must be a name of the Encoding Standard, such as 'windows-1252' or 'utf-16le', got '${encoding}'.`,
      { cause },
    );
  }
}

/** The offset of the first byte that cannot be decoded: the start of an invalid or incomplete sequence. */
function firstInvalid(bytes: Uint8Array, encoding: string): number {
  const decodes = (length: number, stream: boolean) => {
    try {
      decoderOf(encoding).decode(bytes.subarray(0, length), { stream });
      return true;
    } catch {
      return false;
    }
  };
  // The longest prefix that a streaming decoder, which allows an incomplete last character, accepts.
  let [low, high] = [0, bytes.length + 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (decodes(middle, true)) low = middle;
    else high = middle;
  }
  while (!decodes(low, false)) low--;
  return low;
}

function placeOf(bytes: Uint8Array, at: number): string {
  let line = 1;
  for (let i = 0; i < at; i++) if (bytes[i] === 10 || (bytes[i] === 13 && bytes[i + 1] !== 10)) line++;
  return `byte 0x${bytes[at]!.toString(16).padStart(2, '0')} at offset ${at}, in line ${line},`;
}
