import type { Pixels } from '@fastts/core';

/** Decodes the files of a format that `sharp` cannot read. */
export interface Decoder {
  /** Whether a file begins like one of this format. */
  matches(file: Uint8Array): boolean;
  /** Reads a file's header. Throws an error whose message is the reason why that is not possible. */
  open(file: Uint8Array): OpenedImage;
}

/** An image of which only the header has been read. */
export interface OpenedImage {
  width: number;
  height: number;
  /**
   * Decodes it. Throws an error whose message is the reason why that is not possible.
   *
   * @param asStored Whether gray values are returned as stored, such as class indices, rather than scaled to the range
   *   from 0 to 255.
   */
  decode(asStored: boolean): Pixels;
}
