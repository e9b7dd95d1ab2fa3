import { FileFormatError } from '../errors.js';
import { quoted } from './quoted.js';

/** The bytes of an archive, in memory or in a file. */
export interface ZipSource {
  size: number;
  /** Reads bytes from `start`; never called for bytes beyond `size`. */
  read(start: number, length: number): Uint8Array;
}

/** A file or folder in a zip archive. */
export interface ZipEntry {
  /** Its path, with `/` between folders and at the end of a folder's path. Not validated: it may lead out of a folder. */
  name: string;
  /** 0 is stored, 8 is deflated. */
  method: number;
  /** Size of the uncompressed content, in bytes. */
  crc32: number;
  compressedSize: number;
  size: number;
  headerStart: number;
}

const END = { signature: 0x06054b50, length: 22, longestComment: 0xffff };
const END_64 = { signature: 0x06064b50, length: 56 };
const LOCATOR_64 = { signature: 0x07064b50, length: 20 };
const ENTRY = { signature: 0x02014b50, length: 46 };
const HEADER = { signature: 0x04034b50, length: 30 };
const FLAG = { encrypted: 1, utf8: 1 << 11 };
const EXTRA_64 = 1;
/** The 16-bit or 32-bit value that marks a number stored in a 64-bit field elsewhere. */
const ELSEWHERE = { in16: 0xffff, in32: 0xffffffff };

/**
 * The entries of a zip archive in the order of its directory. Archives and files may be larger than 4 GiB.
 *
 * Source: PKWARE, `APPNOTE.TXT` 6.3, §4.3.
 *
 * @throws FileFormatError when the archive is damaged or encrypted; the message is a clause for the caller's sentence.
 */
export function zipEntries(source: ZipSource): ZipEntry[] {
  const { start, length, count } = findDirectory(source);
  const bytes = part(source, start, length, 'its directory');
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  for (let place = 0, left = count; left > 0; left--) {
    if (place + ENTRY.length > length || view.getUint32(place, true) !== ENTRY.signature) {
      throw new FileFormatError('its directory is truncated');
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) =>
      view.getUint16(place + at, true),
    );
    const nameEnd = place + ENTRY.length + nameLength!;
    const end = nameEnd + extraLength! + commentLength!;
    if (end > length) throw new FileFormatError('its directory is truncated');
    const flags = view.getUint16(place + 8, true);
    const name = decodeName(bytes.subarray(place + ENTRY.length, nameEnd), (flags & FLAG.utf8) !== 0);
    if (flags & FLAG.encrypted) throw new FileFormatError(`${quoted(name)} is encrypted`);
    const [size, compressedSize, headerStart] = sizesOf(view, place, nameEnd, nameEnd + extraLength!);
    entries.push({
      name,
      method: view.getUint16(place + 10, true),
      crc32: view.getUint32(place + 16, true),
      compressedSize,
      size,
      headerStart,
    });
    place = end;
  }
  return entries;
}

/**
 * The range of an entry's stored content: from `start` up to, but excluding, `end`.
 *
 * @throws FileFormatError under the same conditions as {@link zipEntries}.
 */
export function zipContent(source: ZipSource, entry: ZipEntry): { start: number; end: number } {
  const { name, headerStart, compressedSize } = entry;
  const header = viewOf(part(source, headerStart, HEADER.length, quoted(name)));
  if (header.getUint32(0, true) !== HEADER.signature) {
    throw new FileFormatError(`${quoted(name)} is not at the offset in its directory`);
  }
  // This header's extra fields may differ from those in the directory.
  const start = headerStart + HEADER.length + header.getUint16(26, true) + header.getUint16(28, true);
  const end = start + compressedSize;
  if (end > source.size) throw new FileFormatError(`${quoted(name)} is truncated`);
  return { start, end };
}

function findDirectory(source: ZipSource): { start: number; length: number; count: number } {
  const tailLength = Math.min(source.size, END.length + END.longestComment);
  const tailStart = source.size - tailLength;
  const tail = viewOf(source.read(tailStart, tailLength));
  let at = tailLength - END.length;
  while (at >= 0 && tail.getUint32(at, true) !== END.signature) at--;
  if (at < 0) throw new FileFormatError('it has no directory');
  const count = tail.getUint16(at + 10, true);
  const length = tail.getUint32(at + 12, true);
  const start = tail.getUint32(at + 16, true);
  const { in16, in32 } = ELSEWHERE;
  if (count !== in16 && length !== in32 && start !== in32) return { start, length, count };

  const locatorStart = tailStart + at - LOCATOR_64.length;
  if (locatorStart < 0) return { start, length, count };
  const locator = viewOf(source.read(locatorStart, LOCATOR_64.length));
  // A small archive may have exactly 65,535 entries.
  if (locator.getUint32(0, true) !== LOCATOR_64.signature) return { start, length, count };
  const end = viewOf(part(source, getUint64(locator, 8), END_64.length, 'its directory'));
  if (end.getUint32(0, true) !== END_64.signature) throw new FileFormatError('it has no directory');
  return { start: getUint64(end, 48), length: getUint64(end, 40), count: getUint64(end, 32) };
}

/** Size, compressed size and offset of an entry: 32 bits each or, in this order, in an extra field of 64-bit numbers. */
function sizesOf(
  view: DataView,
  entry: number,
  extraStart: number,
  extraEnd: number,
): [number, number, number] {
  const short = [24, 20, 42].map((at) => view.getUint32(entry + at, true)) as [number, number, number];
  let place = extraStart;
  while (place + 4 <= extraEnd && view.getUint16(place, true) !== EXTRA_64) {
    place += 4 + view.getUint16(place + 2, true);
  }
  if (place + 4 > extraEnd) return short;
  place += 4;
  return short.map((value) => {
    if (value !== ELSEWHERE.in32) return value;
    if (place + 8 > extraEnd) throw new FileFormatError('its directory is truncated');
    place += 8;
    return getUint64(view, place - 8);
  }) as [number, number, number];
}

/** Beyond ASCII, the format specifies code page 437, but most programs write UTF-8 without flagging it. */
function decodeName(bytes: Uint8Array, isUtf8: boolean): string {
  try {
    return new TextDecoder('utf-8', { fatal: !isUtf8, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) =>
      byte < 128 ? String.fromCharCode(byte) : CODE_PAGE_437[byte - 128],
    ).join('');
  }
}

const CODE_PAGE_437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀' +
  'αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

function part(source: ZipSource, start: number, length: number, what: string): Uint8Array {
  if (start + length > source.size) throw new FileFormatError(`${what} is truncated`);
  return source.read(start, length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function getUint64(view: DataView, place: number): number {
  return Number(view.getBigUint64(place, true));
}
