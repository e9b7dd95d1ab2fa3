import {
  ArgumentError,
  type ByteCache,
  FasttsError,
  isPixels,
  Lazy,
  type Pixels,
  type PixelsPart,
  type Size,
  toSize,
} from '@fastts/core';
import { cachedImage } from './cachedImage.js';
import { type ColorMode, toColors, toGray } from './channels.js';
import { readImage, readPixels, readSize } from './encodedImage.js';
import { type ImageSize, type ImageStep, wholeBox } from './imageStep.js';
import { enlargesOnly, planDecode, sizeAfter } from './planDecode.js';
import { type Picture, runPlan, runPlanForBatch, runPlanOnMask, sizeOf } from './runPlan.js';

/** Where an image comes from: a file's path, a file's bytes, or pixels. */
export type ImageSource = string | Uint8Array | Pixels;

/** What an image's values are: colors, or (`'mask'`) class numbers in one channel, which do not mix. */
export type ImageMode = ColorMode | 'mask';

/** An image that cannot be read; the message names it. */
export class ImageError extends FasttsError {
  static override readonly name: string = 'ImageError';
}

/**
 * An image that is decoded when its pixels are needed. Item transforms add steps to it, so that decoding, cropping and
 * resizing are one call of `sharp`, off the main thread, in which a JPEG decoder can also give a smaller image at once.
 *
 * Images are turned as their EXIF data says. Gray, CMYK, 16-bit and animated ones (their first frame) come as RGB;
 * opacity is dropped, as Pillow's `convert('RGB')` does.
 *
 * @example
 * const { data, width, height } = await new LazyImage('cat.jpg').resize([128, 192]).compute();
 */
export class LazyImage extends Lazy<Promise<Pixels>> {
  /**
   * @param source The image.
   * @param mode Its channels (default `'rgb'`); a `'mask'` is resized to the nearest pixels.
   * @param steps Steps applied to it, in order.
   */
  constructor(
    readonly source: ImageSource,
    readonly mode: ImageMode = 'rgb',
    readonly steps: readonly ImageStep[] = [],
  ) {
    super();
  }

  /** Pixels as a lazy image of their own channels; a lazy image is returned unchanged. */
  static of(image: Pixels | LazyImage, mode?: ImageMode): LazyImage {
    if (image instanceof LazyImage) return image;
    return new LazyImage(image, mode ?? (image.channels < 3 ? 'gray' : 'rgb'));
  }

  /** The same image with one more step. */
  with(step: ImageStep): LazyImage {
    return new LazyImage(this.source, this.mode, [...this.steps, step]);
  }

  /** The same image, all of it resized to `size`, whatever its shape. */
  resize(size: Size): LazyImage {
    const sides = toSize(size);
    return this.with((height, width) => ({ box: wholeBox(height, width), size: sides }));
  }

  /**
   * Its height and width, for which a file's header is read.
   *
   * @throws ImageError when it is missing or no image.
   */
  size(): Promise<ImageSize> {
    return this.read(async () => {
      const { source, steps } = this;
      const full = isPixels(source) ? sizeOf(source) : await readSize(source);
      const last = planDecode(full, steps).at(-1);
      return last ? sizeAfter(last) : full;
    });
  }

  /**
   * Its pixels, which are the caller's.
   *
   * @throws ImageError when it is missing, no image, or cut short.
   */
  compute(): Promise<Pixels> {
    return this.read(async () => {
      const { source, mode, steps } = this;
      const picture = await this.open();
      const plan = planDecode(sizeOf(picture), steps);
      const pixels =
        mode === 'mask' ? await runPlanOnMask(picture, plan) : toColors(await runPlan(picture, plan), mode);
      return pixels === source ? { ...pixels, data: Uint8Array.from(pixels.data) } : pixels;
    });
  }

  /**
   * The same image in memory with its steps done; enlarging a part, as the last step may, is left to the batch.
   *
   * @param cache Keeps the whole image, as large as it is needed, so that it is not decoded again (default: none).
   * @throws ImageError when it is missing, no image, or cut short.
   */
  decode(cache?: ByteCache): Promise<LazyImage> {
    return this.read(async () => {
      const { mode, steps } = this;
      const { picture, full } = await this.openCached(cache);
      const plan = planDecode(full, steps, sizeOf(picture));
      if (mode === 'mask') return new LazyImage(await runPlanOnMask(picture, plan), mode);
      const { pixels, enlarge } = await runPlanForBatch(picture, plan);
      return new LazyImage(toColors(pixels, mode), mode, enlarge && [() => enlarge]);
    });
  }

  /**
   * The input of a batch: the part of a decoded image that is used, and the size that it is enlarged to.
   *
   * @throws ArgumentError when it has not been through {@link decode}.
   */
  forBatch(): { part: PixelsPart; size: ImageSize } {
    const { source, steps } = this;
    if (isPixels(source)) {
      const [step, ...others] = planDecode(sizeOf(source), steps);
      if (!step) return { part: source, size: sizeOf(source) };
      if (others.length === 0 && enlargesOnly(step)) {
        return { part: { ...source, box: step.box }, size: step.size };
      }
    }
    throw new ArgumentError('An image must be decoded before it is batched: add DecodeImage to itemTfms.');
  }

  private async open(): Promise<Picture> {
    const { source, mode, steps } = this;
    if (isPixels(source)) return source;
    // Without a step to do while decoding the header is not needed.
    return mode === 'mask' || steps.length === 0 ? readPixels(source) : readImage(source);
  }

  private async openCached(cache: ByteCache | undefined): Promise<{ picture: Picture; full: ImageSize }> {
    const { source, mode, steps } = this;
    if (!cache || isPixels(source)) {
      const picture = await this.open();
      return { picture, full: sizeOf(picture) };
    }
    const { pixels, full } = await cachedImage(source, cache, {
      form: mode,
      // Masks are not shrunk before they are kept: no two of their pixels mix.
      first: mode === 'mask' ? undefined : steps[0],
      convert: (pixels) => (mode === 'mask' ? toGray(pixels) : toColors(pixels, mode)),
    });
    return { picture: pixels, full };
  }

  private async read<T>(reading: () => Promise<T>): Promise<T> {
    const { source } = this;
    if (!isSource(source)) {
      throw new ImageError(
        `An image must be a path, a file's bytes, or pixels, got ${named(source)}: check getX and getY.`,
      );
    }
    try {
      return await reading();
    } catch (cause) {
      const name = typeof source === 'string' ? source : 'The given image';
      throw new ImageError(
        `${name} cannot be read as an image: ${reasonOf(cause as NodeJS.ErrnoException)}`,
        { cause },
      );
    }
  }
}

function named(source: unknown): string {
  return typeof source === 'object' && source !== null ? `an ${source.constructor.name}` : String(source);
}

function isSource(source: unknown): source is ImageSource {
  return typeof source === 'string' || ArrayBuffer.isView(source) || isPixels(source);
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'the file does not exist';
  if (!message.includes('unsupported image format')) return message;
  return 'it is none, or of a format that is not read (JPEG, PNG, WebP, GIF, TIFF, AVIF and SVG are)';
}
