import { type EncodeContext, registered, Transform } from '@fastts/core';
import { TransformBlock } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSource } from '../image/decodeImage.js';
import { FramedImage } from '../image/framedImage.js';
import { type ColourMode, LazyImage } from '../image/lazyImage.js';
import { LazyImages } from '../image/lazyImages.js';
import { type RawImage, toRgb } from '../image/rawImage.js';
import { rawImageOf } from '../image/tensorImage.js';

/** Options of {@link ImageBlock}. */
export interface ImageBlockOptions {
  /** Channels of its pictures: `'rgb'` (default) three, `'grey'` one. */
  mode?: ColourMode;
}

/**
 * A block of pictures, given by path, by a file's bytes, as pixels, or as a tensor ({@link rawImageOf}). A batch
 * is `[n, height, width, channels]` with values from 0 to 1.
 *
 * Source: fastai `vision/data.py`.
 *
 * @example
 * new DataBlock({ blocks: [ImageBlock(), CategoryBlock()], getItems: getImageFiles, getY: parentLabel });
 */
export const ImageBlock = registered('ImageBlock')(function ImageBlock({
  mode = 'rgb',
}: ImageBlockOptions = {}): TransformBlock<tf.Tensor4D> {
  return new TransformBlock<tf.Tensor4D>({
    kind: 'image',
    typeTfms: () => [new OpenImage(mode)],
    itemTfms: [new DecodeImage()],
    collate: collateImages,
    decodeBatch: toRawImages,
    show: (image: RawImage) => {
      const { data: pixels, width, height } = toRgb(image);
      return { pixels, width, height };
    },
  });
});

/** Makes a lazy image of where a picture comes from. */
@registered('OpenImage')
export class OpenImage extends Transform {
  override kinds = ['image'];

  constructor(readonly mode: ColourMode) {
    super();
  }

  encodes(source: ImageSource | LazyImage | tf.Tensor): LazyImage | Promise<LazyImage> {
    if (source instanceof tf.Tensor) return rawImageOf(source).then((raw) => new LazyImage(raw, this.mode));
    return source instanceof LazyImage ? source : new LazyImage(source, this.mode);
  }
}

/**
 * Item transform that decodes a lazy image off the main thread and gives its pixels; if all that is left to do is to
 * enlarge a part of it, it leaves that to the batch. What it decodes is kept in the data loader's cache, if there is
 * one, as it is before random transforms.
 */
@registered('DecodeImage')
export class DecodeImage extends Transform {
  override order = 5;
  override kinds = ['image', 'mask'];

  encodes(image: LazyImage, { cache }: EncodeContext): Promise<RawImage | FramedImage> {
    return image.decoded(cache);
  }
}

function collateImages(images: (RawImage | FramedImage)[]): LazyImages {
  const [height, width] = sizeOf(images[0]!);
  for (const image of images) {
    const [otherHeight, otherWidth] = sizeOf(image);
    if (otherHeight === height && otherWidth === width) continue;
    throw new Error(`one picture is ${height}×${width} and another ${otherHeight}×${otherWidth} pixels.`);
  }
  const pictures = images.map((image) =>
    image instanceof FramedImage ? { ...image.image, box: image.box } : image,
  );
  return new LazyImages(pictures, [height, width]);
}

function sizeOf(image: RawImage | FramedImage): readonly [height: number, width: number] {
  return image instanceof FramedImage ? image.size : [image.height, image.width];
}

async function toRawImages(batch: tf.Tensor4D): Promise<RawImage[]> {
  const [n, height, width, channels] = batch.shape;
  const bytes = tf.tidy(() => tf.cast(tf.round(tf.clipByValue(tf.mul(batch, 255), 0, 255)), 'int32'));
  const values = await bytes.data();
  bytes.dispose();
  const each = height * width * channels;
  return Array.from({ length: n }, (_, i) => ({
    data: Uint8Array.from(values.subarray(i * each, (i + 1) * each)),
    width,
    height,
    channels: channels as 1 | 3,
  }));
}
