import * as tf from '@tensorflow/tfjs-core';

/** tfjs calls this method for each new tensor; its types do not declare it. */
interface TrackingEngine {
  trackTensor(...args: unknown[]): void;
}

/** The most bytes that tensors take at once during `work`, beyond those before it. */
export async function peakBytes(work: () => unknown): Promise<number> {
  const before = tf.memory().numBytes;
  let peak = 0;
  const prototype: TrackingEngine = Object.getPrototypeOf(tf.engine());
  const { trackTensor } = prototype;
  prototype.trackTensor = function (this: TrackingEngine, ...args) {
    trackTensor.apply(this, args);
    peak = Math.max(peak, tf.memory().numBytes - before);
  };
  try {
    await work();
  } finally {
    prototype.trackTensor = trackTensor;
  }
  return peak;
}
