import {
  type ChannelStats,
  changeLogits,
  Deferred,
  type ImageSampling,
  type ImageSteps,
  imagesFromBytes,
  type LogitChange,
  normalizeChannels,
  type PictureBytes,
  sampleImages,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A batch of pictures that is made when it is needed: sampling, a change of light and normalising, asked for in this
 * order, are one pass over bytes. What comes in another order, or a second time, is done to the batch made so far.
 */
export class LazyImages extends Deferred<tf.Tensor4D> {
  /**
   * @param pictures Bytes of each, of one number of channels.
   * @param size Height and width that the part of each picture that is shown is resized to.
   */
  constructor(
    private readonly pictures: readonly PictureBytes[],
    private readonly size: readonly [height: number, width: number],
    private readonly steps: ImageSteps = {},
  ) {
    super();
  }

  /** `[n, height, width, channels]`. */
  get shape(): [number, number, number, number] {
    return [this.pictures.length, ...(this.steps.sampling?.size ?? this.size), this.pictures[0]!.channels];
  }

  /** The same pictures, sampled. */
  sampled(sampling: ImageSampling): LazyImages | tf.Tensor4D {
    const { sampling: earlier, logits, stats } = this.steps;
    if (!(earlier || logits || stats)) return this.with({ sampling });
    return tf.tidy(() => sampleImages(this.compute(), sampling));
  }

  /** The same pictures in another light. */
  relit(logits: LogitChange): LazyImages | tf.Tensor4D {
    const { logits: earlier, stats } = this.steps;
    if (!(earlier || stats)) return this.with({ logits });
    return tf.tidy(() => changeLogits(this.compute(), logits));
  }

  /** The same pictures, normalised. */
  normalized(stats: ChannelStats): LazyImages | tf.Tensor4D {
    if (!this.steps.stats) return this.with({ stats });
    return tf.tidy(() => normalizeChannels(this.compute(), stats));
  }

  compute(): tf.Tensor4D {
    return imagesFromBytes(this.pictures, this.size, this.steps);
  }

  private with(step: ImageSteps): LazyImages {
    return new LazyImages(this.pictures, this.size, { ...this.steps, ...step });
  }
}
