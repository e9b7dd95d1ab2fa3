import { kernel, type NativeKernel } from '../../kernel.js';
import { choice, numbers } from '../../names.js';
import type { Pair } from '../shapes.js';
import { outside, type PadMode } from './sample.js';

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

interface FromBytesAttrs {
  pictures: readonly { data: Uint8Array; height: number; width: number; channels: number; box?: Box }[];
  /** Size to which the box of each image is resized. */
  size: Pair;
  steps: {
    sampling?: {
      padMode: PadMode;
      mode: 'bilinear' | 'nearest';
      part?: Box;
      shrunk?: Pair;
      matrices: Float32Array;
      size: Pair;
    };
    logits?: LogitChange;
    stats?: { mean: readonly number[]; std: readonly number[] };
  };
}

interface LogitChange {
  scale: readonly number[];
  shift: readonly number[];
}

/** A batch of images from their bytes, in one pass over each. */
export const imagesFromBytes: NativeKernel = kernel<object, FromBytesAttrs>(
  'ImagesFromBytes',
  (_, { pictures, size, steps }, backend) => {
    const { sampling, logits, stats } = steps;
    const { channels } = pictures[0]!;
    const [height, width] = size;
    const part = sampling?.part ?? { left: 0, top: 0, width, height };
    const [shrunkHeight, shrunkWidth] = sampling?.shrunk ?? [part.height, part.width];
    const [outHeight, outWidth] = sampling?.size ?? [shrunkHeight, shrunkWidth];
    const plan = numbers('PicturePlan', {
      channels,
      height,
      width,
      partLeft: part.left,
      partTop: part.top,
      partWidth: part.width,
      partHeight: part.height,
      shrunkHeight,
      shrunkWidth,
      outHeight,
      outWidth,
      outside: outside[sampling?.padMode ?? 'zeros'],
      sampling: choice('Sampling', sampling?.mode === 'nearest' ? 'nearestEven' : 'bilinear'),
    });
    const scratch =
      sampling && new Float32Array(shrunkHeight * shrunkWidth * (channels === 3 ? 4 : channels));
    const statistics =
      stats && Float32Array.from([stats.mean, stats.std].flatMap((each) => perChannel(each, channels)));
    const y = backend.output([pictures.length, outHeight, outWidth, channels]);
    for (const [i, picture] of pictures.entries()) {
      const box = picture.box ?? { left: 0, top: 0, width: picture.width, height: picture.height };
      backend.addon.kernels.imageFromBytes!(
        picture.data,
        y.values,
        i,
        scratch,
        numbers('BoxedPicture', {
          height: picture.height,
          width: picture.width,
          boxLeft: box.left,
          boxTop: box.top,
          boxWidth: box.width,
          boxHeight: box.height,
        }),
        plan,
        sampling?.matrices.subarray(8 * i, 8 * i + 8),
        logits && changes(logits, i) ? Float32Array.of(logits.scale[i]!, logits.shift[i]!) : null,
        statistics,
      );
    }
    return y.info;
  },
);

/** One number per channel; a single number applies to all. */
function perChannel(values: readonly number[], channels: number): readonly number[] {
  return values.length === 1 ? new Array<number>(channels).fill(values[0]!) : values;
}

function changes({ scale, shift }: LogitChange, i: number): boolean {
  return scale[i] !== 1 || shift[i] !== 0;
}
