import type Sharp from 'sharp';
import { nodePackage } from '../nodePackage.js';

/** How pixels lie: row by row, of grey, of red, green and blue, or of these and opacity. */
export interface PixelLayout {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
}

/** The PNG of pixels, each from 0 to 255, as they are. */
export function encodePng(pixels: Uint8Array | Uint8ClampedArray, raw: PixelLayout): Promise<Buffer> {
  return nodePackage<typeof Sharp>('sharp')(pixels, { raw }).png().toBuffer();
}
