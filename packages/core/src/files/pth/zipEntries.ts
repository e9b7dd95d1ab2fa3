import { FileFormatError } from '../../errors.js';

const END = 0x06054b50;
const END_LENGTH = 22;
const LONGEST_COMMENT = 0xffff;
const ENTRY = 0x02014b50;
const ENTRY_LENGTH = 46;
const LOCAL = 0x04034b50;
const LOCAL_LENGTH = 30;

/**
 * The files in a zip archive that are stored as they are, by their names; as views, not copies.
 *
 * Source: PKWARE, `APPNOTE.TXT` 6.3, §4.3.
 *
 * @throws FileFormatError when the archive is damaged, or a file in it is compressed.
 */
export function zipEntries(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const entries = new Map<string, Uint8Array>();
  let place = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    if (place + ENTRY_LENGTH > end || view.getUint32(place, true) !== ENTRY) {
      throw damaged('its table of contents is cut short');
    }
    const nameLength = view.getUint16(place + 28, true);
    const name = text(bytes, place + ENTRY_LENGTH, nameLength);
    const method = view.getUint16(place + 10, true);
    if (method !== 0) {
      throw new FileFormatError(
        `${name} in the archive is compressed, which PyTorch never does: save it anew.`,
      );
    }
    const size = view.getUint32(place + 24, true);
    entries.set(name, stored(bytes, view, view.getUint32(place + 42, true), size, name));
    place += ENTRY_LENGTH + nameLength + view.getUint16(place + 30, true) + view.getUint16(place + 32, true);
  }
  return entries;
}

/** A file's bytes: the local header before them may be longer than the table's entry. */
function stored(bytes: Uint8Array, view: DataView, place: number, size: number, name: string): Uint8Array {
  if (place + LOCAL_LENGTH > bytes.length || view.getUint32(place, true) !== LOCAL) {
    throw damaged(`${name} is not where its table of contents says`);
  }
  const start = place + LOCAL_LENGTH + view.getUint16(place + 26, true) + view.getUint16(place + 28, true);
  if (start + size > bytes.length) throw damaged(`${name} is cut short`);
  return bytes.subarray(start, start + size);
}

function findEnd(view: DataView): number {
  const last = view.byteLength - END_LENGTH;
  for (let place = last; place >= Math.max(0, last - LONGEST_COMMENT); place--) {
    if (view.getUint32(place, true) === END) return place;
  }
  throw damaged('it has no table of contents');
}

function text(bytes: Uint8Array, start: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(start, start + length));
}

function damaged(why: string): FileFormatError {
  return new FileFormatError(`The archive is damaged: ${why}. Fetch or save it again.`);
}
