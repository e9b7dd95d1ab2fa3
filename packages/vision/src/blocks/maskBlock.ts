import { ArgumentError, type Pixels, registered, ShapeError, Transform } from '@fastts/core';
import { TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import { LazyImage } from '../image/lazyImage.js';
import { MAX_CLASS, maskPixels } from '../image/maskPixels.js';
import { type ImageLike, openImage } from '../image/openImage.js';
import { DecodeImage } from './imageBlock.js';

/** Options of {@link MaskBlock}. */
export interface MaskBlockOptions {
  /** The class names, by the class index of a mask's pixels (default: none). */
  codes?: readonly string[];
}

/**
 * A block of segmentation masks: images whose pixels are class indices from 0 to 255, given by path, as a
 * file's bytes, as pixels, or as a tensor `[height, width]`. A batch is `[n, height, width]`, int32.
 *
 * Stored values are used unchanged, also from files with 1, 2, 4, 16 or 32 bits per pixel; a value that is not an
 * integer from 0 to 255 is an error. A color file (also one with a palette) is read as grayscale, as in fastai.
 *
 * A mask has the size of its image, both rotated according to their EXIF orientations; if not, the item cannot be loaded.
 * Transforms that change an image's geometry change its mask with it, by the nearest pixel. If `codes` are given,
 * they are the vocabulary, and a data loader's `c` is their number.
 *
 * Source: fastai `vision/data.py`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), MaskBlock({ codes: ['background', 'road'] })], getItems: getImageFiles, getY });
 */
export const MaskBlock = registered('MaskBlock')(function MaskBlock({
  codes,
}: MaskBlockOptions = {}): TransformBlock<tf.Tensor3D, Pixels> {
  return new TransformBlock<tf.Tensor3D, Pixels>({
    kind: 'mask',
    typeTfms: () => [new OpenMask(), ...(codes ? [new MaskCodes(codes)] : [])],
    itemTfms: [new DecodeImage()],
    collate: collateMasks,
    decodeBatch: toPixels,
    show: (mask) => ({ mask }),
  });
});

/** Creates a lazy mask from a getter's result. */
@registered('OpenMask')
export class OpenMask extends Transform {
  override kinds = ['mask'];
  override takesLazy = true;

  encodes(given: ImageLike): LazyImage | Promise<LazyImage> {
    return openImage(given, 'mask');
  }
}

/** Holds the names of the class indices in masks. Source: `AddMaskCodes` of fastai `vision/core.py`. */
@registered('MaskCodes')
class MaskCodes extends Transform {
  override takesLazy = true;
  readonly vocab: readonly string[];
  readonly c: number;

  constructor(codes: readonly string[]) {
    super();
    if (codes.length > MAX_CLASS + 1) {
      throw new ArgumentError(`codes must have at most ${MAX_CLASS + 1} names, got ${codes.length}.`);
    }
    this.vocab = [...codes];
    this.c = codes.length;
  }

  encodes(mask: LazyImage): LazyImage {
    return mask;
  }
}

function collateMasks(masks: (Pixels | LazyImage)[]): tf.Tensor3D {
  const pictures = masks.map((mask) => LazyImage.of(mask).forBatch().part);
  const { height, width } = pictures[0]!;
  const other = pictures.find((mask) => mask.height !== height || mask.width !== width);
  if (other) {
    throw new ShapeError(
      `one mask has ${height}×${width} pixels, another ${other.height}×${other.width}: add an item transform, such as Resize.`,
    );
  }
  const values = new Int32Array(masks.length * height * width);
  for (const [i, { data }] of pictures.entries()) values.set(data, i * height * width);
  return tf.tensor3d(values, [masks.length, height, width], 'int32');
}

async function toPixels(batch: tf.Tensor3D): Promise<Pixels[]> {
  const [n, height, width] = batch.shape;
  const [classes, each] = [await batch.data(), height * width];
  return Array.from({ length: n }, (_, i) =>
    maskPixels(classes.subarray(i * each, (i + 1) * each), { height, width, channels: 1 }),
  );
}
