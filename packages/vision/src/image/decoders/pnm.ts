import { maskPixels } from '../maskPixels.js';
import type { OpenedImage } from './openedImage.js';

/**
 * Reads the header of one of Netpbm's portable formats, binary or as text: PBM (one bit), PGM (gray) and PPM (RGB).
 *
 * Source: Netpbm's manual pages `pbm`, `pgm` and `ppm`. Values are scaled as in Pillow's `PpmImagePlugin.py`.
 *
 * @throws Error whose message is the reason why it cannot be read.
 */
export function openPnm(file: Uint8Array): OpenedImage {
  const kind = file[1]! - 0x30;
  const header = new Tokens(file, 2);
  const isBits = kind === 1 || kind === 4;
  const [width, height] = [header.number(), header.number()];
  const max = isBits ? 1 : header.number();
  if (width < 1 || height < 1 || max < 1 || max > 65535) {
    throw new Error(`its header is damaged (${height}×${width} pixels with values up to ${max})`);
  }
  const size = { width, height, channels: kind === 3 || kind === 6 ? 3 : 1 } as const;
  const readValues = kind <= 3 ? textValues : isBits ? bitValues : byteValues;
  return {
    width,
    height,
    decode: ({ asStored = false } = {}) => {
      const values = readValues(file, header.at, { ...size, max });
      const isMask = asStored && size.channels === 1;
      return isMask ? maskPixels(values, size) : { ...size, data: scaled(values, max) };
    },
  };
}

interface Layout {
  width: number;
  height: number;
  channels: number;
  /** The value of white. */
  max: number;
}

/** Values in text; the digits of bits need no space between them. */
function textValues(file: Uint8Array, at: number, { width, height, channels, max }: Layout): Uint16Array {
  const tokens = new Tokens(file, at);
  const isBits = file[1] === 0x31;
  // Each value takes at least one character: do not allocate more than a file can fill.
  checkLength(file.length - at, width * height * channels);
  const values = new Uint16Array(width * height * channels);
  for (let i = 0; i < values.length; i++) {
    values[i] = isBits ? 1 - tokens.digit() : Math.min(tokens.number(), max);
  }
  return values;
}

/** One bit per pixel, where 1 is black; each row is padded to a whole byte. */
function bitValues(file: Uint8Array, at: number, { width, height }: Layout): Uint8Array {
  const stride = Math.ceil(width / 8);
  const rows = file.subarray(at + 1);
  checkLength(rows.length, stride * height);
  const values = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = rows[y * stride + (x >> 3)]!;
      values[y * width + x] = 1 - ((byte >> (7 - (x & 7))) & 1);
    }
  }
  return values;
}

/** One byte per value, or two, of which the first is the higher one. */
function byteValues(
  file: Uint8Array,
  at: number,
  { width, height, channels, max }: Layout,
): ArrayLike<number> {
  const count = width * height * channels;
  const bytes = file.subarray(at + 1);
  const bytesPerValue = max > 255 ? 2 : 1;
  checkLength(bytes.length, count * bytesPerValue);
  if (bytesPerValue === 1) return bytes.subarray(0, count);
  const values = new Uint16Array(count);
  for (let i = 0; i < count; i++) values[i] = 256 * bytes[2 * i]! + bytes[2 * i + 1]!;
  return values;
}

function checkLength(length: number, needed: number): void {
  if (length < needed) throw new Error('it is truncated');
}

function scaled(values: ArrayLike<number>, max: number): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.min(Math.round((255 * values[i]!) / max), 255);
  return bytes;
}

/** Reads numbers in text, between white space and comments. */
class Tokens {
  constructor(
    private readonly file: Uint8Array,
    /** Where the next token begins, or the white space before it. */
    public at: number,
  ) {}

  /** The next number. */
  number(): number {
    this.skipSpace();
    let value = 0;
    const start = this.at;
    for (; isDigit(this.file[this.at]); this.at++) value = 10 * value + this.file[this.at]! - 0x30;
    if (this.at === start) throw this.unexpected();
    return value;
  }

  /** The next digit, which must be 0 or 1. */
  digit(): number {
    this.skipSpace();
    const digit = this.file[this.at++];
    if (digit !== 0x30 && digit !== 0x31) throw this.unexpected();
    return digit - 0x30;
  }

  private skipSpace(): void {
    const { file } = this;
    while (isSpace(file[this.at]) || file[this.at] === 0x23) {
      if (file[this.at++] !== 0x23) continue;
      while (this.at < file.length && file[this.at] !== 0x0a) this.at++;
    }
  }

  private unexpected(): Error {
    return new Error(this.at >= this.file.length ? 'it is truncated' : 'it is damaged (a number is missing)');
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
