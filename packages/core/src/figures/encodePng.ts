import { isNode } from '../node.js';
import type { Pixels } from '../pixels.js';
import { loadSharp } from '../sharp.js';

/** Encodes an image as PNG. In a page, the browser encodes it. */
export async function encodePng(image: Pixels): Promise<Uint8Array> {
  if (!isNode()) return encodeInPage(image);
  const { data, width, height, channels } = image;
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels } }).png().toBuffer();
}

/** An image as a PNG data URL. */
export async function encodePngUrl(image: Pixels): Promise<string> {
  const bytes = Array.from(await encodePng(image), (byte) => String.fromCharCode(byte));
  return `data:image/png;base64,${btoa(bytes.join(''))}`;
}

async function encodeInPage({ data, width, height, channels }: Pixels): Promise<Uint8Array> {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  const hasOpacity = channels % 2 === 0;
  for (let i = 0; i < width * height; i++) {
    const at = i * channels;
    const opacity = hasOpacity ? data[at + channels - 1]! : 255;
    image.data.set([data[at]!, data[at + green]!, data[at + blue]!, opacity], 4 * i);
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
}
