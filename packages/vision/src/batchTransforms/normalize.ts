import {
  ArgumentError,
  type ChannelStats,
  type DataSource,
  type EncodeContext,
  normalizeChannels,
  registered,
  Transform,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { LazyImageBatch } from '../image/lazyImageBatch.js';
import { imagesIn } from './imagesIn.js';

/** ImageNet's statistics. Source: fastai `vision/core.py`. */
export const imagenetStats: ChannelStats = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** CIFAR's statistics. Source: fastai `vision/core.py`. */
export const cifarStats: ChannelStats = { mean: [0.491, 0.482, 0.447], std: [0.247, 0.243, 0.261] };

/** MNIST's statistics. Source: fastai `vision/core.py`. */
export const mnistStats: ChannelStats = { mean: [0.131], std: [0.308] };

/** Avoids division by zero for a constant channel. */
const EPSILON = 1e-7;

/**
 * Batch transform that subtracts each channel's mean and divides by its standard deviation, so that they become 0 and
 * 1 over the data set. Without given statistics it uses those of the first training batch.
 *
 * Source: fastai `data/transforms.py`.
 *
 * @example
 * Normalize.fromStats(imagenetStats);
 * new Normalize(); // the statistics of a training batch
 */
@registered('Normalize', (normalize: Normalize) => [normalize.stats])
export class Normalize extends Transform {
  override order = 99;
  override kinds = ['image'];
  override takesLazy = true;
  private current: ChannelStats | undefined;

  /**
   * @param stats Mean and standard deviation of each channel (default: those of the first training batch).
   * @throws ArgumentError when they differ in length, or a standard deviation is not positive.
   */
  constructor(stats?: ChannelStats) {
    super();
    if (stats) this.current = checked(stats);
  }

  /** Normalizes by known statistics. */
  static fromStats(stats: ChannelStats): Normalize {
    return new Normalize(stats);
  }

  /**
   * Normalizes by the statistics of a batch, which still belongs to the caller.
   *
   * @param images `[n, height, width, channels]`.
   */
  static async fromBatch(images: tf.Tensor4D): Promise<Normalize> {
    return new Normalize(await batchStats(images));
  }

  /** The statistics, once they are known. */
  get stats(): ChannelStats | undefined {
    return this.current;
  }

  override async setups(items: DataSource): Promise<void> {
    if (this.current || !items.oneBatch) return;
    const { tensors, kinds } = await items.oneBatch();
    try {
      const images = tensors[kinds.indexOf('image')];
      if (images) this.current = await batchStats(images as tf.Tensor4D);
    } finally {
      tf.dispose([...tensors]);
    }
  }

  encodes(images: tf.Tensor4D | LazyImageBatch, batch: EncodeContext): tf.Tensor4D | LazyImageBatch {
    imagesIn(batch, this);
    const stats = this.known();
    const channels = images.shape[3];
    if (stats.mean.length !== 1 && stats.mean.length !== channels) throw this.misfit(channels);
    return images instanceof LazyImageBatch ? images.normalized(stats) : normalizeChannels(images, stats);
  }

  override decodes(images: tf.Tensor4D): tf.Tensor4D {
    const { mean, std } = this.known();
    return tf.tidy(() => tf.add(tf.mul(images, tf.tensor1d([...std])), tf.tensor1d([...mean])));
  }

  private known(): ChannelStats {
    if (this.current) return this.current;
    throw new ArgumentError(
      'Normalize has no statistics yet: use Normalize.fromStats, or pass it to a DataBlock, which computes them.',
    );
  }

  private misfit(channels: number): ArgumentError {
    return new ArgumentError(
      `Normalize has statistics of ${this.known().mean.length} channels but the images have ${channels}: pass one mean and std per channel.`,
    );
  }
}

/** Mean and standard deviation (unbiased) of each channel of a batch. */
async function batchStats(images: tf.Tensor4D): Promise<ChannelStats> {
  const count = images.size / images.shape[3];
  const [mean, std] = tf.tidy(() => {
    const { mean, variance } = tf.moments(images, [0, 1, 2]);
    const std = tf.add(tf.sqrt(tf.mul(variance, count / (count - 1))), EPSILON);
    return [tf.squeeze(mean), std];
  });
  const stats = { mean: [...(await mean.data())], std: [...(await std.data())] };
  tf.dispose([mean, std]);
  return stats;
}

function checked(stats: ChannelStats): ChannelStats {
  const { mean, std } = stats;
  if (mean.length !== std.length || mean.length === 0) {
    throw new ArgumentError(
      `mean and std must have one number per channel, got ${mean.length} and ${std.length}.`,
    );
  }
  if (!std.every((s) => s > 0)) throw new ArgumentError(`std must be positive, got [${std.join(', ')}].`);
  return { mean: [...mean], std: [...std] };
}
