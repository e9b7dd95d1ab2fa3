import * as tf from '@tensorflow/tfjs-core';

/**
 * Kernels that tfjs does not define but an engine may register for its backend. The functional op of that name calls
 * the kernel where the current engine has it, and is a composition of tfjs's ops otherwise.
 */
export type EngineKernel =
  | 'AdamStep'
  | 'AddRelu'
  | 'AreaResize'
  | 'BatchNormTrain'
  | 'BatchNormTrainGrad'
  | 'Conv2DMoments'
  | 'Conv2DNorm'
  | 'Gelu'
  | 'GeluGrad'
  | 'GroupedConv2D'
  | 'GroupedConv2DBackpropFilter'
  | 'GroupedConv2DBackpropInput'
  | 'ImagesFromBytes'
  | 'ImagesResizedFromBytes'
  | 'Mish'
  | 'MishGrad'
  | 'ProjectiveSample'
  | 'ReluGradFromOutput'
  | 'RunningMoments'
  | 'SgdStep'
  | 'Silu'
  | 'SiluGrad';

/** Whether the current engine has registered this kernel. */
export function hasKernel(name: EngineKernel): boolean {
  // Reading the backend would start tfjs's default one; its name is empty until one is chosen.
  tf.backend();
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs a kernel of the current engine; `attrs` may hold values that tfjs's type for attributes does not allow. */
export function runKernel<T extends tf.Tensor | tf.Tensor[]>(
  name: EngineKernel,
  inputs: Record<string, tf.Tensor>,
  attrs: object = {},
): T {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap);
}
