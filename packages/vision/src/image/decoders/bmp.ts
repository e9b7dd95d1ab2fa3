import type { Pixels } from '@fastts/core';
import type { OpenedImage } from './openedImage.js';

/**
 * Reads the header of a BMP of 1 to 32 bits per pixel, uncompressed or run-length encoded, as written by Windows and
 * OS/2.
 *
 * Source: Microsoft's `BITMAPINFOHEADER`, and Pillow's `BmpImagePlugin.py`, whose pixels it gives.
 *
 * @throws Error whose message is the reason why it cannot be read.
 */
export function openBmp(file: Uint8Array): OpenedImage {
  const header = readHeader(new DataView(file.buffer, file.byteOffset, file.byteLength));
  return { width: header.width, height: header.height, decode: () => decodeBmp(file, header) };
}

/** Sizes of the header of OS/2, and of the versions of Windows' header. */
const HEADER_SIZES = [12, 40, 52, 56, 64, 108, 124];

const [RLE8, RLE4, BITFIELDS] = [1, 2, 3];

interface Header {
  width: number;
  height: number;
  /** Whether the first row stored is the upper one. */
  topDown: boolean;
  /** Bits per pixel. */
  bits: number;
  compression: number;
  /** Where the pixels begin. */
  offset: number;
  /** Where the bits of red, green and blue are in a pixel of 16 or 32 bits. */
  masks: readonly number[];
  /** Colors of indices, as blue, green, red, and possibly an unused byte. */
  palette: { start: number; count: number; stride: number };
}

function readHeader(view: DataView): Header {
  const offset = view.getUint32(10, true);
  const size = view.getUint32(14, true);
  if (!HEADER_SIZES.includes(size))
    throw new Error(`its header is damaged, or not supported (${size} bytes)`);
  const isOs2 = size === 12;
  const width = isOs2 ? view.getUint16(18, true) : view.getInt32(18, true);
  const height = isOs2 ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isOs2 ? 24 : 28, true);
  const compression = isOs2 ? 0 : view.getUint32(30, true);
  if (width <= 0 || height === 0) throw new Error(`its header is damaged (${height}×${width} pixels)`);
  const isKnown =
    compression === 0
      ? [1, 2, 4, 8, 16, 24, 32].includes(bits)
      : (compression === RLE8 && bits === 8) ||
        (compression === RLE4 && bits === 4) ||
        (compression === BITFIELDS && (bits === 16 || bits === 32));
  if (!isKnown)
    throw new Error(`it is a BMP of ${bits} bits with compression ${compression}, which is not supported`);
  const masks =
    compression === BITFIELDS
      ? [54, 58, 62].map((at) => view.getUint32(at, true))
      : (DEFAULT_MASKS[bits] ?? []);
  // After a header of 40 bytes the masks precede the palette; longer ones contain them.
  const start = 14 + size + (compression === BITFIELDS && size === 40 ? 12 : 0);
  const stride = isOs2 ? 3 : 4;
  const used = isOs2 ? 0 : view.getUint32(46, true);
  const room = Math.max(0, Math.floor((offset - start) / stride));
  const count = Math.min(used || 2 ** bits, 2 ** bits, room);
  return {
    width,
    height: Math.abs(height),
    topDown: height < 0,
    bits,
    compression,
    offset,
    masks,
    palette: { start, count: bits <= 8 ? count : 0, stride },
  };
}

const DEFAULT_MASKS: { readonly [bits: number]: readonly number[] } = {
  16: [0x7c00, 0x3e0, 0x1f],
  32: [0xff0000, 0xff00, 0xff],
};

function decodeBmp(file: Uint8Array, header: Header): Pixels {
  const { width, height, topDown, bits, compression, offset } = header;
  const isRle = compression === RLE8 || compression === RLE4;
  const bytes = isRle ? decodeRle(file, header) : file.subarray(offset);
  const stride = isRle ? width : Math.ceil((bits * width) / 32) * 4;
  const needed = stride * (height - 1) + Math.ceil(((isRle ? 8 : bits) * width) / 8);
  if (bytes.length < needed) throw new Error('it is truncated');
  const data = new Uint8Array(width * height * 3);
  const writeRow =
    isRle || bits <= 8 ? indexed(file, header, isRle ? 8 : bits) : bits === 24 ? bgr : masked(header);
  for (let y = 0; y < height; y++) {
    const from = (topDown ? y : height - 1 - y) * stride;
    writeRow(bytes.subarray(from), data.subarray(3 * width * y, 3 * width * (y + 1)));
  }
  return { data, width, height, channels: 3 };
}

/** Converts a row to RGB. */
type RowWriter = (row: Uint8Array, rgb: Uint8Array) => void;

const bgr: RowWriter = (row, rgb) => {
  for (let i = 0; i < rgb.length; i += 3) {
    rgb[i] = row[i + 2]!;
    rgb[i + 1] = row[i + 1]!;
    rgb[i + 2] = row[i]!;
  }
};

function indexed(file: Uint8Array, { palette: { start, count, stride } }: Header, bits: number): RowWriter {
  const colors = new Uint8Array(3 * 256);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) colors[3 * i + c] = file[start + stride * i + 2 - c]!;
  }
  const perByte = 8 / bits;
  return (row, rgb) => {
    for (let x = 0; x < rgb.length / 3; x++) {
      const shift = 8 - bits * ((x % perByte) + 1);
      const index = (row[Math.floor(x / perByte)]! >> shift) & (2 ** bits - 1);
      for (let c = 0; c < 3; c++) rgb[3 * x + c] = colors[3 * index + c]!;
    }
  };
}

function masked({ bits, masks }: Header): RowWriter {
  const channels = masks.map((mask) => {
    const shift = mask === 0 ? 0 : Math.log2((mask & -mask) >>> 0);
    return { mask, shift, max: Math.max(1, mask >>> shift) };
  });
  return (row, rgb) => {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    for (let x = 0; x < rgb.length / 3; x++) {
      const pixel = bits === 16 ? view.getUint16(2 * x, true) : view.getUint32(4 * x, true);
      for (const [c, { mask, shift, max }] of channels.entries()) {
        rgb[3 * x + c] = Math.floor((((pixel & mask) >>> shift) * 255) / max);
      }
    }
  };
}

/** Maximum number of pixels per byte of a run-length encoded image: runs of 255 take two bytes. */
const MAX_RUN = 127.5;

/** The indices of a run-length encoded image, one byte per pixel, in the order of its rows in the file. */
function decodeRle(file: Uint8Array, { width, height, compression, offset }: Header): Uint8Array {
  // Do not allocate more than a file can fill.
  if (width * height > MAX_RUN * (file.length - offset)) throw new Error('it is truncated');
  const indices = new Uint8Array(width * height);
  let [at, x, y] = [offset, 0, 0];
  const byte = () => {
    if (at >= file.length) throw new Error('it is truncated');
    return file[at++]!;
  };
  const put = (index: number) => {
    if (x < width && y < height) indices[y * width + x] = index;
    x++;
  };
  /** Writes `count` pixels, whose indices are a whole byte, or half of one in turn. */
  const run = (count: number, next: () => number) => {
    for (let i = 0, value = 0; i < count; i++) {
      if (compression === RLE8) put(next());
      else if (i % 2 === 0) {
        value = next();
        put(value >> 4);
      } else put(value & 15);
    }
  };
  while (y < height) {
    const [count, value] = [byte(), byte()];
    if (count > 0) run(count, () => value);
    else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 1) break;
    else if (value === 2) [x, y] = [x + byte(), y + byte()];
    else {
      const start = at;
      run(value, byte);
      // Padded to an even number of bytes.
      if ((at - start) % 2 === 1) at++;
    }
  }
  return indices;
}
