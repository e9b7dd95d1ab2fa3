import { FasttsError, type PadMode } from '@fastts/core';
import type Sharp from 'sharp';
import type { Box } from '../augment/sampleGeometry.js';
import { frameNearest } from './frameNearest.js';
import { type RawImage, toGrey, toRgb } from './rawImage.js';

/** Where a picture comes from: a file's path, a file's bytes, or pixels. */
export type ImageSource = string | Uint8Array | RawImage;

/** `'rgb'`: three channels; `'grey'`: one. */
export type ColourMode = 'rgb' | 'grey';

/** What a picture's values are: colours, or (`'mask'`) the numbers of classes in one channel, which do not mix. */
export type ImageMode = ColourMode | 'mask';

/** An image that cannot be read; the message names it. */
export class ImageError extends FasttsError {}

/**
 * How a picture is cut and resized: `box`, in its own pixels, becomes `size`. Where the box goes beyond the
 * picture, the output is filled as `padMode` says.
 */
export interface Framing {
  box: Box;
  size: readonly [height: number, width: number];
  /** What lies beyond the picture's edge (default `'reflection'`). */
  padMode?: PadMode;
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
   * @param mode Its channels (default `'rgb'`); the pixels of a `'mask'` are resized to the nearest.
   * @param framers What is done to it, first to last.
   */
  constructor(
    readonly source: ImageSource,
    readonly mode: ImageMode = 'rgb',
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
    try {
      if (this.mode === 'mask') return await this.classes();
      const [first, ...others] = this.framers;
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

  private async classes(): Promise<RawImage> {
    const whole = toGrey(await decode(this.source, undefined));
    return this.framers.reduce(
      (image, framer) => frameNearest(image, framer(image.height, image.width)),
      whole,
    );
  }
}

async function decode(source: ImageSource, framer: Framer | undefined): Promise<RawImage> {
  const image = open(source);
  if (framer) {
    const { autoOrient, format } = await image.metadata();
    frame(image, framer(autoOrient.height, autoOrient.width), autoOrient, format === 'jpeg');
  }
  const { data, info } = await image
    .removeAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 1 ? 1 : 3 };
}

/** sharp, loaded when first used and by a name that bundlers do not follow: a page has no files to decode. */
function loadSharp(name = 'sharp'): typeof Sharp {
  return require(name);
}

function open(source: ImageSource): Sharp.Sharp {
  const sharp = loadSharp();
  // An embedded colour profile is not applied, as Pillow and so every model trained with it does not.
  if (typeof source === 'string' || source instanceof Uint8Array) {
    return sharp(source, { failOn: 'error', ignoreIcc: true }).autoOrient();
  }
  const { width, height, channels } = source;
  return sharp(source.data, { raw: { width, height, channels } });
}

/** From this factor on a JPEG decoder can give a smaller picture at once, in a fraction of the time. */
const SHRINK_ON_LOAD = 2;

function frame(
  image: Sharp.Sharp,
  framing: Framing,
  full: { width: number; height: number },
  jpeg: boolean,
): void {
  const { box, size, padMode = 'reflection' } = framing;
  const x = placeAxis(box.left, box.width, full.width, size[1]);
  const y = placeAxis(box.top, box.height, full.height, size[0]);
  const shrinksOnLoad = jpeg && Math.min(x.length / x.output, y.length / y.output) >= SHRINK_ON_LOAD;
  const exact = [x.start, x.length, y.start, y.length].every(Number.isInteger);
  if (exact && !shrinksOnLoad) {
    image.extract({ left: x.start, top: y.start, width: x.length, height: y.length });
    image.resize(x.output, y.output, { fit: 'fill', kernel: 'linear' });
  } else {
    // sharp lets the decoder shrink only where the whole picture is resized, so it is cut afterwards.
    image.resize(x.scaled, y.scaled, { fit: 'fill', kernel: 'linear' });
    image.extract({ left: x.scaledStart, top: y.scaledStart, width: x.output, height: y.output });
  }
  if ([x.before, x.after, y.before, y.after].some((n) => n > 0)) {
    const margins = { left: x.before, right: x.after, top: y.before, bottom: y.after };
    image.extend({ ...margins, extendWith: EXTEND[padMode], background: '#000' });
  }
}

/**
 * Where, along one axis, a box of `length` from `start` lies on a picture of `full` pixels, and where that
 * part of it lies on an output of `size` pixels.
 */
function placeAxis(start: number, length: number, full: number, size: number) {
  const scale = size / length;
  const inside = { start: Math.max(0, start), end: Math.min(full, start + length) };
  const before = Math.round((inside.start - start) * scale);
  const after = Math.round((start + length - inside.end) * scale);
  const output = size - before - after;
  const scaled = Math.max(output, Math.round(full * scale));
  return {
    /** The part within the picture. */
    start: inside.start,
    length: inside.end - inside.start,
    /** The same part of the output, and what is left beside it. */
    output,
    before,
    after,
    /** The whole picture at the output's scale, and where on it the part begins. */
    scaled,
    scaledStart: Math.min(Math.round(inside.start * scale), scaled - output),
  };
}

const EXTEND = { zeros: 'background', border: 'copy', reflection: 'mirror' } as const;
