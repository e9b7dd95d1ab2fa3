import * as tf from '@tensorflow/tfjs-core';

type Sides = [number, number][];
type Kernel = (args: {
  inputs: tf.NamedTensorInfoMap;
  attrs?: tf.NamedAttrMap;
  backend: unknown;
}) => tf.TensorInfo | tf.TensorInfo[];

/**
 * Wraps kernels of a backend that supports only `'valid'` and `'same'` padding, such as tfjs-node's, so that the padding
 * is done outside the kernel and layers can pad as PyTorch's do.
 */
export function padOutsideKernels(backendName: string): void {
  replace(backendName, 'Conv2D', padInput('x', 0));
  replace(backendName, 'DepthwiseConv2dNative', padInput('x', 0));
  replace(backendName, 'MaxPool', padInput('x', -Infinity));
  replace(backendName, 'Conv2DBackpropFilter', padInput('x', 0));
  replace(backendName, 'DepthwiseConv2dNativeBackpropFilter', padInput('x', 0));
  replace(backendName, 'Conv2DBackpropInput', cropInputGradient);
  replace(backendName, 'DepthwiseConv2dNativeBackpropInput', cropInputGradient);
  replace(backendName, 'MaxPoolGrad', (kernel, sides, args) => {
    const padded = padInput('input', -Infinity)(kernel, sides, args) as tf.TensorInfo;
    return crop(padded, sides, args.inputs.input!.shape);
  });
}

type Replacement = (kernel: Kernel, sides: Sides, args: Parameters<Kernel>[0]) => ReturnType<Kernel>;

function replace(backendName: string, kernelName: string, replacement: Replacement): void {
  const config = tf.getKernel(kernelName, backendName);
  if (!config) return;
  const kernel = config.kernelFunc as Kernel;
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    ...config,
    kernelFunc: (args) => {
      const sides = sidesOf(args.attrs?.pad);
      return sides ? replacement(kernel, sides, args) : config.kernelFunc(args);
    },
  });
}

/** The padding of each axis, or `null` where the kernel handles it itself. */
function sidesOf(pad: unknown): Sides | null {
  const sides =
    typeof pad === 'number'
      ? [
          [0, 0],
          [pad, pad],
          [pad, pad],
          [0, 0],
        ]
      : pad;
  if (!Array.isArray(sides) || sides.flat().every((side) => side === 0)) return null;
  return sides;
}

function padInput(name: string, value: number): Replacement {
  return (kernel, sides, { inputs, attrs, backend }) => {
    const padded = tf.pad(inputs[name] as tf.Tensor, sides, value);
    const result = kernel({
      inputs: { ...inputs, [name]: padded },
      attrs: { ...attrs, pad: 'valid' },
      backend,
    });
    padded.dispose();
    return result;
  };
}

const cropInputGradient: Replacement = (kernel, sides, { inputs, attrs, backend }) => {
  const inputShape = attrs!.inputShape as number[];
  const paddedShape = inputShape.map((length, axis) => length + sides[axis]![0] + sides[axis]![1]);
  const gradient = kernel({ inputs, attrs: { ...attrs, pad: 'valid', inputShape: paddedShape }, backend });
  return crop(gradient as tf.TensorInfo, sides, inputShape);
};

/** Crops the padding and disposes of the padded tensor. */
function crop(info: tf.TensorInfo, sides: Sides, shape: number[]): tf.Tensor {
  const padded =
    info instanceof tf.Tensor ? info : tf.engine().makeTensorFromDataId(info.dataId, info.shape, info.dtype);
  const cropped = tf.slice(
    padded,
    sides.map(([before]) => before),
    shape,
  );
  padded.dispose();
  return cropped;
}
