import { type EncodeContext, type Pixels, registered, ShapeError, Transform } from '@fastts/core';
import { TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import type { ColorMode } from '../image/channels.js';
import { checkMaskSize } from '../image/checkMaskSize.js';
import { LazyImage } from '../image/lazyImage.js';
import { LazyImageBatch } from '../image/lazyImageBatch.js';
import { type ImageLike, openImage } from '../image/openImage.js';
import { splitPixels } from '../image/pixelsOf.js';

/** Options of {@link ImageBlock}. */
export interface ImageBlockOptions {
  /** Channels of its images: `'rgb'` (default) is three, `'gray'` is one. */
  mode?: ColorMode;
}

/**
 * A block of images, given by path, as a file's bytes (any buffer or view of one, or a `Blob`), as pixels, or as a
 * tensor: int32 from 0 to 255, or float32 from 0 to 1. A batch is `[n, height, width, channels]` with values from 0 to 1.
 *
 * Source: fastai `vision/data.py`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getItems: getImageFiles, getY: parentLabel });
 */
export const ImageBlock = registered('ImageBlock')(function ImageBlock({
  mode = 'rgb',
}: ImageBlockOptions = {}): TransformBlock<tf.Tensor4D, Pixels> {
  return new TransformBlock<tf.Tensor4D, Pixels>({
    kind: 'image',
    typeTfms: () => [new OpenImage(mode)],
    itemTfms: [new DecodeImage()],
    collate: collateImages,
    decodeBatch: toPixels,
    show: (image) => ({ image }),
  });
});

/** Creates a lazy image from a getter's result. */
@registered('OpenImage')
export class OpenImage extends Transform {
  override kinds = ['image'];
  override takesLazy = true;

  constructor(readonly mode: ColorMode) {
    super();
  }

  encodes(given: ImageLike): LazyImage | Promise<LazyImage> {
    return openImage(given, this.mode);
  }
}

/**
 * Item transform that decodes a lazy image off the main thread. If the last step only enlarges a part of it, that
 * step is deferred to the batch. The image before random transforms is kept in the data loader's cache, if there is
 * one. A mask must have its image's size before item transforms.
 */
@registered('DecodeImage')
export class DecodeImage extends Transform {
  override order = 5;
  override kinds = ['image', 'mask'];
  override takesLazy = true;

  encodes(
    image: LazyImage | Pixels,
    { cache, kind, kinds, values }: EncodeContext,
  ): Pixels | Promise<LazyImage> {
    if (!(image instanceof LazyImage)) return image;
    const decoding = image.decode(cache);
    if (kind !== 'mask') return decoding;
    const images = values.filter(
      (value, i): value is LazyImage => value instanceof LazyImage && kinds[i] === 'image',
    );
    return Promise.all([decoding, checkMaskSize(image, images)]).then(([decoded]) => decoded);
  }
}

function collateImages(images: (Pixels | LazyImage)[]): LazyImageBatch {
  const pictures = images.map((image) => LazyImage.of(image).forBatch());
  const [height, width] = pictures[0]!.size;
  for (const { size } of pictures) {
    if (size[0] === height && size[1] === width) continue;
    throw new ShapeError(
      `one image has ${height}×${width} pixels, another ${size[0]}×${size[1]}: add an item transform, such as Resize.`,
    );
  }
  return new LazyImageBatch(
    pictures.map(({ part }) => part),
    [height, width],
  );
}

async function toPixels(batch: tf.Tensor4D): Promise<Pixels[]> {
  const [n, height, width, channels] = batch.shape;
  const bytes = tf.tidy(() => tf.cast(tf.round(tf.clipByValue(tf.mul(batch, 255), 0, 255)), 'int32'));
  try {
    return splitPixels(await bytes.data(), { n, height, width, channels: channels === 1 ? 1 : 3 });
  } finally {
    bytes.dispose();
  }
}
