import * as tf from '@tensorflow/tfjs';

/**
 * Kernels that tfjs does not define and an engine may register for its backend. Where the current engine has one,
 * the functional op of that name calls it; elsewhere the op is a composition of tfjs's own.
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
  // The getter starts tfjs's default backend where none was chosen; before that there is no name.
  tf.backend();
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/** Runs a kernel of the current engine; `attrs` may hold what tfjs's type of attributes does not know. */
export function runKernel<T extends tf.Tensor | tf.Tensor[]>(
  name: EngineKernel,
  inputs: Record<string, tf.Tensor>,
  attrs: object = {},
): T {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor | tf.Tensor[] as T;
}
