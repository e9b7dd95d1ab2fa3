import * as tf from '@tensorflow/tfjs-core';
import type { WebGpuBackend } from './program.js';

/** A kernel's result: tensors, or undefined to fall back to tfjs's kernel of the same name. */
type KernelResult = tf.TensorInfo | tf.TensorInfo[] | undefined;

/** A kernel for tfjs's WebGPU backend. */
export interface WebGpuKernel {
  readonly name: string;
  run(inputs: unknown, attrs: unknown, backend: WebGpuBackend): KernelResult;
}

/** Defines the kernel `name`; `run` returns undefined for cases that it does not handle. */
export function kernel<Inputs, Attrs = object>(
  name: string,
  run: (inputs: Inputs, attrs: Attrs, backend: WebGpuBackend) => KernelResult,
): WebGpuKernel {
  return { name, run };
}

/** Registers kernels, in place of tfjs's if it has some of that name. */
export function registerKernels(backendName: string, kernels: readonly WebGpuKernel[]): void {
  for (const { name, run } of kernels) {
    const given = tf.getKernel(name, backendName);
    if (given) tf.unregisterKernel(name, backendName);
    tf.registerKernel({
      ...given,
      kernelName: name,
      backendName,
      kernelFunc: (call) => {
        const result = run(call.inputs, call.attrs ?? {}, call.backend as WebGpuBackend);
        if (result !== undefined) return result;
        if (given) return given.kernelFunc(call);
        throw new Error(`The WebGPU kernel ${name} does not support these tensors.`);
      },
    });
  }
}
