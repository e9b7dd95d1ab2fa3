import type Sharp from 'sharp';
import { isNode, nodePackage } from '../nodePackage.js';

/** How pixels lie: row by row, of grey, of red, green and blue, or of these and opacity. */
export interface PixelLayout {
  width: number;
  height: number;
  channels: 1 | 3 | 4;
}

/** The PNG of pixels, each from 0 to 255, as they are. In a page, the browser encodes it. */
export function encodePng(pixels: Uint8Array | Uint8ClampedArray, layout: PixelLayout): Promise<Uint8Array> {
  if (!isNode()) return encodeInPage(pixels, layout);
  return nodePackage<typeof Sharp>('sharp')(pixels, { raw: layout }).png().toBuffer();
}

/** The PNG of pixels as the address of an image. */
export async function encodePngUrl(
  pixels: Uint8Array | Uint8ClampedArray,
  layout: PixelLayout,
): Promise<string> {
  const bytes = Array.from(await encodePng(pixels, layout), (byte) => String.fromCharCode(byte));
  return `data:image/png;base64,${btoa(bytes.join(''))}`;
}

async function encodeInPage(
  pixels: Uint8Array | Uint8ClampedArray,
  { width, height, channels }: PixelLayout,
): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  const [green, blue] = channels === 1 ? [0, 0] : [1, 2];
  for (let i = 0; i < width * height; i++) {
    const at = i * channels;
    const opacity = channels === 4 ? pixels[at + 3]! : 255;
    image.data.set([pixels[at]!, pixels[at + green]!, pixels[at + blue]!, opacity], 4 * i);
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
}
