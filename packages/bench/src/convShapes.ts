import type { ConvTask } from './tasks.js';

/** A convolution of a model, and the number of its layers that have this shape. */
export interface ConvShape extends Omit<ConvTask, 'kind' | 'direction'> {
  count: number;
}

/** The distinct convolution shapes of xresnet50 for square images of `side` pixels. */
export function xresnet50Convs(side: number, batchSize: number): ConvShape[] {
  const shapes = new Map<string, ConvShape>();
  const add = (size: number, inChannels: number, outChannels: number, kernelSize: number, stride = 1) => {
    const key = `${[size, inChannels, outChannels, kernelSize, stride]}`;
    const known = shapes.get(key);
    if (known) known.count++;
    else shapes.set(key, { batchSize, size, inChannels, outChannels, kernelSize, stride, count: 1 });
  };
  const halved = (size: number) => Math.ceil(size / 2);

  let size = halved(side);
  add(side, 3, 32, 3, 2);
  add(size, 32, 32, 3);
  add(size, 32, 64, 3);
  size = halved(size);
  let channels = 64;
  [3, 4, 6, 3].forEach((blocks, stage) => {
    const width = 64 << stage;
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const outSize = stride === 2 ? halved(size) : size;
      add(size, channels, width, 1);
      add(size, width, width, 3, stride);
      add(outSize, width, 4 * width, 1);
      if (channels !== 4 * width) add(outSize, channels, 4 * width, 1);
      channels = 4 * width;
      size = outSize;
    }
  });
  return [...shapes.values()];
}

/** Floating-point operations of one direction of one layer. */
export function convFlops({
  batchSize,
  size,
  inChannels,
  outChannels,
  kernelSize,
  stride,
}: Omit<ConvShape, 'count'>): number {
  const outSize = Math.ceil(size / stride);
  return 2 * batchSize * outSize ** 2 * outChannels * kernelSize ** 2 * inChannels;
}
