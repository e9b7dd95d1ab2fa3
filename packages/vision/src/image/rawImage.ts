/** A picture as bytes. */
export interface RawImage {
  /** `height * width * channels` values from 0 to 255, row by row, a pixel's channels side by side. */
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 3: red, green, blue; 1: grey. */
  readonly channels: 1 | 3;
}

/** The picture with three channels. */
export function toRgb(image: RawImage): RawImage {
  if (image.channels === 3) return image;
  const data = new Uint8Array(image.data.length * 3);
  for (let i = 0; i < image.data.length; i++) data.fill(image.data[i]!, 3 * i, 3 * i + 3);
  return { ...image, data, channels: 3 };
}

/** The picture in grey, by the weights of ITU-R 601-2, rounded as Pillow's `convert('L')` does. */
export function toGrey(image: RawImage): RawImage {
  if (image.channels === 1) return image;
  const { data: rgb } = image;
  const data = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < data.length; i++) {
    data[i] = (19595 * rgb[3 * i]! + 38470 * rgb[3 * i + 1]! + 7471 * rgb[3 * i + 2]! + 0x8000) >> 16;
  }
  return { ...image, data, channels: 1 };
}
