import { type ByteCache, FasttsError } from '@fastts/core';
import { decodeImage, decodeMask, type ImageSource, imageSize, isRaw } from './decodeImage.js';
import { decodeFramed, FramedImage } from './framedImage.js';
import { type Framer, framedSize, wholeBox } from './framing.js';
import { decodeKept } from './keptImage.js';
import { type RawImage, toGrey, toRgb } from './rawImage.js';

/** `'rgb'`: three channels; `'grey'`: one. */
export type ColourMode = 'rgb' | 'grey';

/** What a picture's values are: colours, or (`'mask'`) the numbers of classes in one channel, which do not mix. */
export type ImageMode = ColourMode | 'mask';

/** An image that cannot be read; the message names it. */
export class ImageError extends FasttsError {}

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
   * Its height and width, for which its file is opened but not decoded.
   *
   * @throws ImageError when it is missing or no image.
   */
  size(): Promise<[height: number, width: number]> {
    return this.read(async () => {
      let [height, width] = await imageSize(this.source);
      for (const framer of this.framers) [height, width] = framedSize(framer(height, width));
      return [height, width];
    });
  }

  /**
   * Its pixels.
   *
   * @throws ImageError when it is missing, no image, or cut short.
   */
  pixels(): Promise<RawImage> {
    const { source, mode, framers } = this;
    return this.read(async () => {
      if (mode === 'mask') return decodeMask(source, framers);
      return inColours(await decodeImage(source, framers), mode);
    });
  }

  /**
   * Its pixels, as far as it takes a decoder to make them: that a part is enlarged is left to who makes a batch.
   *
   * @param cache Keeps the whole picture, as large as it is needed, so that it is not decoded again (default: none).
   * @throws ImageError when it is missing, no image, or cut short.
   */
  decoded(cache?: ByteCache): Promise<RawImage | FramedImage> {
    const { source, mode, framers } = this;
    return this.read(async () => {
      if (cache && !isRaw(source)) return this.keptIn(cache);
      if (mode === 'mask') return decodeMask(source, framers);
      const image = await decodeFramed(source, framers);
      return image instanceof FramedImage ? image.of(inColours(image.image, mode)) : inColours(image, mode);
    });
  }

  private async keptIn(cache: ByteCache): Promise<RawImage | FramedImage> {
    const { source, mode, framers } = this;
    const convert = (image: RawImage) => (mode === 'mask' ? toGrey(image) : inColours(image, mode));
    // Masks are not shrunk before they are kept: no two of their pixels mix.
    const [kept, onKept] = await decodeKept(source, mode === 'mask' ? [] : framers, {
      cache,
      form: mode,
      convert,
    });
    if (mode === 'mask') return decodeMask(kept, framers);
    // Not the kept bytes themselves, which a transform could change.
    if (onKept.length === 0)
      return new FramedImage(kept, wholeBox(kept.height, kept.width), [kept.height, kept.width]);
    return decodeFramed(kept, onKept);
  }

  private async read<T>(reading: () => Promise<T>): Promise<T> {
    if (!isSource(this.source)) {
      throw new ImageError(
        `A picture is given by its path, a file's bytes, or as pixels; got ${named(this.source)}: check getX and getY.`,
      );
    }
    try {
      return await reading();
    } catch (error) {
      const name = typeof this.source === 'string' ? this.source : 'The given image';
      throw new ImageError(
        `${name} cannot be read as an image: ${reasonOf(error as NodeJS.ErrnoException)}`,
        {
          cause: error,
        },
      );
    }
  }
}

function named(source: unknown): string {
  return typeof source === 'object' && source !== null ? `an ${source.constructor.name}` : String(source);
}

function isSource(source: unknown): boolean {
  if (typeof source !== 'object' || source === null) return typeof source === 'string';
  return ArrayBuffer.isView(source) || ('data' in source && 'width' in source);
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file';
  if (!message.includes('unsupported image format')) return message;
  return 'it is none, or of a format that is not read (JPEG, PNG, WebP, GIF, TIFF, AVIF and SVG are)';
}

function inColours(image: RawImage, mode: ColourMode): RawImage {
  return mode === 'grey' ? toGrey(image) : toRgb(image);
}
