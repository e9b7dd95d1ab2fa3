import {
  type ChannelStats,
  changeLogits,
  type ImageSampling,
  type ImageSteps,
  imagesFromBytes,
  Lazy,
  type LogitChange,
  normalizeChannels,
  type PixelsPart,
  sampleImages,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A batch of images that is computed when its tensor is needed: sampling, a change of lighting and normalization, if
 * added in this order, are fused into one pass over the bytes. A step in another order, or a second one of its kind,
 * computes the tensor so far and is applied to that.
 */
export class LazyImageBatch extends Lazy<tf.Tensor4D> {
  /**
   * @param pictures The images, all with the same number of channels.
   * @param size Height and width to which each image's part is enlarged.
   * @param steps Steps applied afterwards.
   */
  constructor(
    private readonly pictures: readonly PixelsPart[],
    private readonly size: readonly [height: number, width: number],
    private readonly steps: ImageSteps = {},
  ) {
    super();
  }

  /** `[n, height, width, channels]`. */
  get shape(): [number, number, number, number] {
    return [this.pictures.length, ...(this.steps.sampling?.size ?? this.size), this.pictures[0]!.channels];
  }

  /** The same images, sampled. */
  sampled(sampling: ImageSampling): LazyImageBatch | tf.Tensor4D {
    const { sampling: earlier, logits, stats } = this.steps;
    if (!(earlier || logits || stats)) return this.with({ sampling });
    return tf.tidy(() => sampleImages(this.compute(), sampling));
  }

  /** The same images with a change of lighting. */
  relit(logits: LogitChange): LazyImageBatch | tf.Tensor4D {
    const { logits: earlier, stats } = this.steps;
    if (!(earlier || stats)) return this.with({ logits });
    return tf.tidy(() => changeLogits(this.compute(), logits));
  }

  /** The same images, normalized. */
  normalized(stats: ChannelStats): LazyImageBatch | tf.Tensor4D {
    if (!this.steps.stats) return this.with({ stats });
    return tf.tidy(() => normalizeChannels(this.compute(), stats));
  }

  compute(): tf.Tensor4D {
    return imagesFromBytes(this.pictures, this.size, this.steps);
  }

  private with(step: ImageSteps): LazyImageBatch {
    return new LazyImageBatch(this.pictures, this.size, { ...this.steps, ...step });
  }
}
