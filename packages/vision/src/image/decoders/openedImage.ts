import type { Pixels } from '@fastts/core';

/** An image in a format that `sharp` cannot read, of which only the header has been read. */
export interface OpenedImage {
  width: number;
  height: number;
  /**
   * Decodes it.
   *
   * @param options.asStored Whether gray values are class indices, which are returned as stored, rather than scaled to the
   *   range from 0 to 255 (default false).
   * @throws Error whose message is the reason why it cannot be decoded.
   */
  decode(options?: { asStored?: boolean }): Pixels;
}
