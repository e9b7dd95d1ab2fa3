import type { ResizeBilinearAttrs, ResizeBilinearGradAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { kernel, type NativeKernel } from '../../kernel.js';
import { numbers } from '../../names.js';
import type { Pair, Shape4D } from '../shapes.js';

/** Resizing of images: by area averaging, and bilinear. */
export const resizeKernels: readonly NativeKernel[] = [
  kernel<{ image: TensorInfo }, { size: Pair }>('AreaResize', ({ image }, { size: [oh, ow] }, backend) => {
    const values = backend.floats(image);
    if (!values) return undefined;
    const [n, h, w, c] = image.shape as Shape4D;
    const y = backend.output([n, oh, ow, c]);
    backend.addon.kernels.areaResize!(values, y.values, numbers('ImageShape', { n, h, w, c, oh, ow }));
    return y.info;
  }),

  kernel<{ images: TensorInfo }, ResizeBilinearAttrs>(
    'ResizeBilinear',
    ({ images }, { alignCorners, halfPixelCenters, size: [oh, ow] }, backend) => {
      const values = images.dtype === 'complex64' ? undefined : backend.floats(images);
      if (!values) return undefined;
      const [n, h, w, c] = images.shape as Shape4D;
      const y = backend.output([n, oh, ow, c]);
      backend.addon.kernels.resizeBilinear!(
        values,
        y.values,
        numbers('ImageShape', { n, h, w, c, oh, ow }),
        scale(h, oh, alignCorners),
        scale(w, ow, alignCorners),
        halfPixelCenters,
      );
      return y.info;
    },
  ),

  kernel<{ images: TensorInfo; dy: TensorInfo }, ResizeBilinearGradAttrs>(
    'ResizeBilinearGrad',
    ({ images, dy }, { alignCorners, halfPixelCenters }, backend) => {
      const values = backend.floats(dy);
      if (!values) return undefined;
      const [n, h, w, c] = images.shape as Shape4D;
      const [oh, ow] = dy.shape.slice(1, 3) as Pair;
      const dx = backend.output(images.shape);
      backend.addon.kernels.resizeBilinearGrad!(
        values,
        dx.values,
        numbers('ImageShape', { n, h, w, c, oh, ow }),
        scale(h, oh, alignCorners),
        scale(w, ow, alignCorners),
        !!halfPixelCenters,
      );
      return dx.info;
    },
  ),
];

/** Input pixels per output pixel, as TensorFlow defines it. */
function scale(input: number, output: number, alignCorners: boolean): number {
  return alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
}
