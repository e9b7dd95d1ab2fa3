import {
  Callback,
  CancelTrain,
  CancelValid,
  CrossEntropyLossFlat,
  Learner,
  setQuiet,
  setSeed,
  tensorsIn,
} from 'fastts';
import { type Data, getDls } from './data.js';
import type { Options } from './options.js';

/** Seconds per picture. */
export interface Speed {
  train: number;
  valid: number;
}

/** A first look with small batches, and then a measurement with whole ones; times in seconds. */
const LOOK = { pictures: 4, seconds: 0.4 };
const MEASUREMENT = { seconds: 2.5 };
/** Batches are enlarged by this factor at most, from one look to the next. */
const GROWTH = 8;
/** Batches that would take longer than this, in seconds, are not measured: on such a machine smaller ones are exact enough. */
const LONGEST_BATCH = 2.5;
/** The minimum number of measured batches, unless they take that long. */
const FEWEST_BATCHES = 4;

/**
 * Measures how fast this machine trains and validates at a size, loading and augmentation included, by training for a few seconds.
 *
 * Small batches say little about a GPU, where most of their time does not depend on their size: they grow step by step.
 */
export async function measureSpeed(data: Data, options: Options, size: number): Promise<Speed> {
  let bs = Math.min(LOOK.pictures, options.bs);
  let speed = await trainBriefly(data, { ...options, bs }, size, LOOK.seconds);
  while (bs < options.bs) {
    bs = Math.min(GROWTH * bs, options.bs);
    if (speed.train * bs > LONGEST_BATCH) return speed;
    const { seconds } = bs < options.bs ? LOOK : MEASUREMENT;
    speed = await trainBriefly(data, { ...options, bs }, size, seconds);
  }
  return speed;
}

async function trainBriefly(
  data: Data,
  { arch, bs, full, seeds }: Options,
  size: number,
  seconds: number,
): Promise<Speed> {
  const seed = seeds[0]!;
  setSeed(seed);
  setQuiet(true);
  try {
    const [train, valid] = [Math.min(100 * bs, data.train), Math.min(100 * bs, data.valid)];
    const dls = await getDls(data, { train, valid, size, bs: Math.min(bs, train), seed, full });
    using learn = new Learner(dls, arch({ nOut: dls.c }), { lossFunc: new CrossEntropyLossFlat() });
    const stopwatch = new Stopwatch(seconds);
    await learn.fit(1, 1e-3, { cbs: stopwatch });
    return stopwatch.speed;
  } finally {
    setQuiet(false);
  }
}

/** Measures the speed of training and of validation, and ends both early. */
class Stopwatch extends Callback {
  static override readonly name = 'Stopwatch';
  readonly speed: Speed = { train: 0, valid: 0 };
  private began = 0;
  private warm = 0;
  private batches = 0;
  private pictures = 0;

  /** @param seconds The time for training; validation gets half of it. */
  constructor(private readonly seconds: number) {
    super();
  }

  override beforeTrain(): void {
    this.start();
  }

  override beforeValidate(): void {
    this.start();
  }

  override async afterBatch(): Promise<void> {
    const { training, loss, x } = this.learn;
    // Reading it waits for the engine, which may compute asynchronously.
    await loss.data();
    const now = performance.now() / 1000;
    this.pictures += tensorsIn(x)[0]!.shape[0]!;
    this.speed[training ? 'train' : 'valid'] = (now - this.warm) / this.pictures;
    if (++this.batches === 1) {
      // The first batch takes longer, and counts only if the data has no other.
      this.warm = now;
      this.pictures = 0;
    }
    const isLong = now - this.began > (training ? this.seconds : this.seconds / 2);
    const isEnough = this.batches >= FEWEST_BATCHES || (this.batches > 1 && now - this.began > LONGEST_BATCH);
    if (isLong && isEnough) throw training ? new CancelTrain() : new CancelValid();
  }

  private start(): void {
    this.began = performance.now() / 1000;
    this.warm = this.began;
    this.batches = 0;
    this.pictures = 0;
  }
}
