import {
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { NativeBackend } from './backend.js';
import { namingKernel } from './outOfMemoryError.js';
import { profiled } from './profile.js';

/** A kernel's result: tensors, or undefined to fall back to tfjs's CPU kernel of the same name. */
export type KernelResult = TensorInfo | TensorInfo[] | undefined;

/** A kernel of this backend. */
export interface NativeKernel {
  readonly name: string;
  run(inputs: unknown, attrs: unknown, backend: NativeBackend): KernelResult;
}

/** Defines the kernel `name`; `run` returns undefined for cases that it does not handle. */
export function kernel<Inputs, Attrs = object>(
  name: string,
  run: (inputs: Inputs, attrs: Attrs, backend: NativeBackend) => KernelResult,
): NativeKernel {
  return { name, run };
}

/** Registers for `backendName` the CPU backend's kernels, with `own` replacing or extending them. */
export function registerKernels(backendName: string, own: readonly NativeKernel[]): void {
  const inherited = new Map<string, KernelConfig>(
    getKernelsForBackend('cpu').map((config) => [config.kernelName, config]),
  );
  const ours = new Map(own.map((each) => [each.name, each]));
  for (const kernelName of new Set([...inherited.keys(), ...ours.keys()])) {
    const config = inherited.get(kernelName);
    const kernelFunc = callOf(kernelName, ours.get(kernelName), config?.kernelFunc);
    registerKernel({ ...config, kernelName, backendName, kernelFunc });
  }
}

/** Dispatches every call of a kernel. */
function callOf(name: string, own: NativeKernel | undefined, inherited: KernelFunc | undefined): KernelFunc {
  const ours =
    own &&
    profiled(name, (call) => {
      const backend = call.backend as NativeBackend;
      return backend.run(() => own.run(call.inputs, call.attrs ?? {}, backend));
    });
  const theirs = inherited && profiled(`${name} (tfjs)`, inherited);
  return (call) => {
    try {
      const result = ours?.(call);
      if (result !== undefined) return result;
      if (theirs) return theirs(call);
    } catch (error) {
      throw namingKernel(error, name);
    }
    throw new Error(`The native kernel ${name} supports only float32 tensors of matching shapes.`);
  };
}
