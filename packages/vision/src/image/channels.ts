import type { Pixels } from '@fastts/core';

/** Color channels of an image: `'rgb'` is three, `'gray'` is one. */
export type ColorMode = 'rgb' | 'gray';

/** The image converted to a mode's channels; opacity is dropped. */
export function toColors(image: Pixels, mode: ColorMode): Pixels {
  return mode === 'gray' ? toGray(image) : toRgb(image);
}

/** The image in RGB; opacity is dropped. */
export function toRgb(image: Pixels): Pixels {
  if (image.channels === 3) return image;
  const { data, width, height, channels } = image;
  const rgb = new Uint8Array(width * height * 3);
  const [green, blue] = channels === 4 ? [1, 2] : [0, 0];
  for (let i = 0; i < width * height; i++) {
    rgb[3 * i] = data[channels * i]!;
    rgb[3 * i + 1] = data[channels * i + green]!;
    rgb[3 * i + 2] = data[channels * i + blue]!;
  }
  return { data: rgb, width, height, channels: 3 };
}

/** The image in grayscale, with the weights of ITU-R 601-2, rounded as in Pillow's `convert('L')`. */
export function toGray(image: Pixels): Pixels {
  if (image.channels === 1) return image;
  const { data, width, height, channels } = image;
  const gray = new Uint8Array(width * height);
  for (let i = 0; i < gray.length; i++) {
    const at = channels * i;
    gray[i] =
      channels === 2
        ? data[at]!
        : (19595 * data[at]! + 38470 * data[at + 1]! + 7471 * data[at + 2]! + 0x8000) >> 16;
  }
  return { data: gray, width, height, channels: 1 };
}

/**
 * Converts CMYK with `channels` bytes per pixel, where 255 is full ink, to RGB. Further channels are dropped.
 *
 * Source: `cmyk2rgb` of Pillow `libImaging/Convert.c`.
 */
export function cmykToRgb(
  ink: Uint8Array,
  { width, height, channels }: { width: number; height: number; channels: number },
): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const light = 255 - ink[channels * i + 3]!;
    for (let c = 0; c < 3; c++) {
      data[3 * i + c] = light - Math.round((ink[channels * i + c]! * light) / 255);
    }
  }
  return { data, width, height, channels: 3 };
}
