import {
  ArgumentError,
  type ByteCache,
  checkPixels,
  FasttsError,
  isPixels,
  Lazy,
  type Pixels,
  type PixelsPart,
  type Size,
  toSize,
} from '@fastts/core';
import { describeValue } from '@fastts/data';
import { cachedImage } from './cachedImage.js';
import { type ColorMode, toColors, toGray } from './channels.js';
import { decodeReason } from './decodeError.js';
import { type Picture, readImage, readMask, readPixels, readSize } from './encodedImage.js';
import { type ImageSize, type ImageStep, wholeBox } from './imageStep.js';
import { maskPixels } from './maskPixels.js';
import { enlargesOnly, planDecode, sizeAfter } from './planDecode.js';
import { runPlan, runPlanForBatch, runPlanOnMask, sizeOf } from './runPlan.js';

/** The source of an image: a file's path, a file's bytes, or pixels. */
export type ImageSource = string | Uint8Array | Pixels;

/** The meaning of an image's values: colors, or (`'mask'`) class indices in one channel, which cannot be interpolated. */
export type ImageMode = ColorMode | 'mask';

/** An image cannot be read; the message names it. */
export class ImageError extends FasttsError {
  static override readonly name: string = 'ImageError';
}

/**
 * An image that is decoded when its pixels are needed. Item transforms add steps to it, so that decoding, cropping
 * and resizing are one call of `sharp`, off the main thread, in which a JPEG decoder can also decode at reduced size.
 *
 * Images are JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP, PPM, PGM or PBM, and HEIC if the package `heic-decode` is installed, which
 * is recognized by how the file begins, whatever its name is. They are rotated according to their EXIF orientation.
 * Grayscale, CMYK, 16-bit (the upper 8 bits) and animated images (their first frame) are converted to RGB; opacity is
 * dropped and color profiles are ignored, as in Pillow's `convert('RGB')`, with which pretrained models were trained.
 *
 * @example
 * const { data, width, height } = await new LazyImage('cat.jpg').resize([128, 192]).compute();
 */
export class LazyImage extends Lazy<Promise<Pixels>> {
  /** Height and width of the source, once it is being read. */
  private full?: Promise<ImageSize>;

  /**
   * @param source The image.
   * @param mode Its channels (default `'rgb'`); a `'mask'` is resized by the nearest pixel.
   * @param steps Steps applied to it, in order.
   * @param given How many of the steps come before those of item transforms (default: all).
   */
  constructor(
    readonly source: ImageSource,
    readonly mode: ImageMode = 'rgb',
    readonly steps: readonly ImageStep[] = [],
    private readonly given = steps.length,
  ) {
    super();
  }

  /** Converts pixels to a lazy image with the same channels; a lazy image is returned unchanged. */
  static of(image: Pixels | LazyImage, mode?: ImageMode): LazyImage {
    if (image instanceof LazyImage) return image;
    return new LazyImage(image, mode ?? (image.channels < 3 ? 'gray' : 'rgb'));
  }

  /** The same image with one more step. */
  with(step: ImageStep): LazyImage {
    return new LazyImage(this.source, this.mode, [...this.steps, step], this.given);
  }

  /** The same image resized to `size`, regardless of its aspect ratio. */
  resize(size: Size): LazyImage {
    const sides = toSize(size);
    return this.with((height, width) => ({ box: wholeBox(height, width), size: sides }));
  }

  /**
   * Its height and width; of a file, only the header is read.
   *
   * @throws ImageError when it is missing or not an image.
   */
  size(): Promise<ImageSize> {
    return this.read(() => this.sizeAfter(this.steps));
  }

  /**
   * Its height and width before item transforms. It costs nothing if the image is being decoded.
   *
   * @throws ImageError when it is missing or not an image.
   */
  givenSize(): Promise<ImageSize> {
    return this.read(() => this.sizeAfter(this.steps.slice(0, this.given)));
  }

  /** Its pixels: the same as `compute`. */
  pixels(): Promise<Pixels> {
    return this.compute();
  }

  /**
   * Its pixels, which belong to the caller.
   *
   * @throws ImageError when it is missing, not an image, or truncated.
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
   * The same image in memory, with its steps applied. If the last step only enlarges a part, it is deferred to the batch.
   *
   * @param cache Keeps the whole image, at the size at which it is used, so that it is not decoded again (default: none).
   * @throws ImageError when it is missing, not an image, or truncated.
   */
  decode(cache?: ByteCache): Promise<LazyImage> {
    return this.read(async () => {
      const { mode, steps } = this;
      const opening = this.openCached(cache);
      this.full = opening.then(({ full }) => full);
      // An unhandled rejection would end the process; a caller that needs the size awaits this promise, too.
      this.full.catch(() => {});
      const { picture, full } = await opening;
      const plan = planDecode(full, steps, sizeOf(picture));
      if (mode === 'mask') return new LazyImage(await runPlanOnMask(picture, plan), mode);
      const { pixels, enlarge } = await runPlanForBatch(picture, plan);
      return new LazyImage(toColors(pixels, mode), mode, enlarge && [() => enlarge]);
    });
  }

  /**
   * The input of a batch: the part of a decoded image that is used, and the size to which it is enlarged.
   *
   * @throws ArgumentError when it is not the result of {@link decode}.
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

  private async sizeAfter(steps: readonly ImageStep[]): Promise<ImageSize> {
    const { source } = this;
    this.full ??= isPixels(source) ? Promise.resolve(sizeOf(source)) : readSize(source);
    const full = await this.full;
    const last = planDecode(full, steps).at(-1);
    return last ? sizeAfter(last) : full;
  }

  private async open(): Promise<Picture> {
    const { source, mode, steps } = this;
    if (isPixels(source)) {
      const pixels = mode === 'mask' ? maskPixels(source.data, source) : source;
      checkPixels(pixels, 'It');
      return pixels;
    }
    if (mode === 'mask') return readMask(source);
    // If there is no step to combine with decoding, the header is not needed.
    return steps.length === 0 ? readPixels(source) : readImage(source);
  }

  private async openCached(cache: ByteCache | undefined): Promise<{ picture: Picture; full: ImageSize }> {
    const { source, mode, steps } = this;
    if (!cache || isPixels(source)) {
      const picture = await this.open();
      return { picture, full: sizeOf(picture) };
    }
    const { pixels, full } = await cachedImage(source, cache, {
      form: mode,
      // Masks are not reduced before they are cached, since their pixels cannot be interpolated.
      first: mode === 'mask' ? undefined : steps[0],
      read: mode === 'mask' ? readMask : readImage,
      convert: (pixels) => (mode === 'mask' ? toGray(pixels) : toColors(pixels, mode)),
    });
    return { picture: pixels, full };
  }

  private async read<T>(reading: () => Promise<T>): Promise<T> {
    const { source, mode } = this;
    if (!isSource(source)) {
      throw new ImageError(
        `An image must be a path, a file's bytes, or pixels, got ${describeValue(source)}: check getX and getY.`,
      );
    }
    try {
      return await reading();
    } catch (cause) {
      const kind = mode === 'mask' ? 'mask' : 'image';
      const name = typeof source === 'string' ? source : `The given ${kind}`;
      throw new ImageError(
        `${name} cannot be read as ${kind === 'mask' ? 'a' : 'an'} ${kind}: ${await decodeReason(cause as NodeJS.ErrnoException, source)}`,
        { cause },
      );
    }
  }
}

function isSource(source: unknown): source is ImageSource {
  return typeof source === 'string' || ArrayBuffer.isView(source) || isPixels(source);
}
