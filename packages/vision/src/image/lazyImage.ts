import { FasttsError, type PadMode } from '@fastts/core';
import type { Sharp } from 'sharp';
import { type RawImage, toGrey, toRgb } from './rawImage.js';

/** Where a picture comes from: a file's path, a file's bytes, or pixels. */
export type ImageSource = string | Uint8Array | RawImage;

/** `'rgb'`: three channels; `'grey'`: one. */
export type ColourMode = 'rgb' | 'grey';

/** An image that cannot be read; the message names it. */
export class ImageError extends FasttsError {}

/**
 * How a picture is resized and cut: it is scaled to `scaled`, and the output is the window of `height` by
 * `width` whose top left corner is there. A window that goes beyond the picture is filled as `padMode` says.
 */
export interface Framing {
  scaled: { width: number; height: number };
  window: { left: number; top: number; width: number; height: number };
  /** What lies beyond the picture's edge (default `'reflection'`). */
  padMode?: PadMode;
  /** How values between pixels are made (default `'bilinear'`). */
  resample?: 'bilinear' | 'nearest';
}

/** Decides, once the picture's height and width are known, how it is framed. */
export type Framer = (height: number, width: number) => Framing;

/**
 * A picture that is decoded when its pixels are asked for: what is to be done to it is kept as a list, so that
 * decoding, cutting and resizing are one call of `sharp`, off the main thread, which also lets the JPEG decoder
 * give a smaller picture at once.
 *
 * Pictures are turned as their EXIF data says. Grey, CMYK, 16-bit and animated ones (their first frame) come
 * as RGB; transparency is dropped, as Pillow's `convert('RGB')` does.
 *
 * @example
 * const { data, width, height } = await new LazyImage('cat.jpg').pixels();
 */
export class LazyImage {
  /**
   * @param source The picture.
   * @param mode Its channels (default `'rgb'`).
   * @param framers What is done to it, first to last.
   */
  constructor(
    readonly source: ImageSource,
    readonly mode: ColourMode = 'rgb',
    private readonly framers: readonly Framer[] = [],
  ) {}

  /** The same picture, framed once more. */
  framed(framer: Framer): LazyImage {
    return new LazyImage(this.source, this.mode, [...this.framers, framer]);
  }

  /**
   * Its pixels.
   *
   * @throws ImageError when it is missing, no image, or cut short.
   */
  async pixels(): Promise<RawImage> {
    const [first, ...others] = this.framers;
    try {
      let image = await decode(this.source, first);
      for (const framer of others) image = await decode(image, framer);
      return this.mode === 'grey' ? toGrey(image) : toRgb(image);
    } catch (error) {
      const name = typeof this.source === 'string' ? this.source : 'The given image';
      throw new ImageError(`${name} cannot be read as an image: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

/** Messages of sharp without the path, which stands before them already. */
async function decode(source: ImageSource, framer: Framer | undefined): Promise<RawImage> {
  const image = await open(source);
  if (framer) {
    const { width, height } = (await image.metadata()).autoOrient;
    frame(image, framer(height, width));
  }
  const { data, info } = await image
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 1 ? 1 : 3 };
}

async function open(source: ImageSource): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  // An embedded colour profile is not applied, as Pillow and so every model trained with it does not.
  if (typeof source === 'string' || source instanceof Uint8Array) {
    return sharp(source, { failOn: 'error', ignoreIcc: true }).autoOrient();
  }
  const { width, height, channels } = source;
  return sharp(source.data, { raw: { width, height, channels } });
}

function frame(
  image: Sharp,
  { scaled, window, padMode = 'reflection', resample = 'bilinear' }: Framing,
): void {
  const { left, top, width, height } = window;
  const inside = {
    left: Math.max(0, left),
    top: Math.max(0, top),
    right: Math.min(scaled.width, left + width),
    bottom: Math.min(scaled.height, top + height),
  };
  const kernel = resample === 'nearest' ? 'nearest' : 'linear';
  image.resize(scaled.width, scaled.height, { fit: 'fill', kernel });
  if (inside.right - inside.left < scaled.width || inside.bottom - inside.top < scaled.height) {
    image.extract({
      left: inside.left,
      top: inside.top,
      width: inside.right - inside.left,
      height: inside.bottom - inside.top,
    });
  }
  const beyond = {
    left: inside.left - left,
    top: inside.top - top,
    right: left + width - inside.right,
    bottom: top + height - inside.bottom,
  };
  if (Object.values(beyond).some((n) => n > 0)) {
    image.extend({ ...beyond, extendWith: EXTEND[padMode], background: '#000' });
  }
}

const EXTEND = { zeros: 'background', border: 'copy', reflection: 'mirror' } as const;
