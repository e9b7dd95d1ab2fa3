import {
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { NativeBackend } from './backend.js';

/** What a kernel gives: tensors, or undefined to leave the case to tfjs's CPU kernel of the same name. */
export type KernelResult = TensorInfo | TensorInfo[] | undefined;

/** A kernel of this backend. */
export interface NativeKernel {
  readonly name: string;
  run(inputs: unknown, attrs: unknown, backend: NativeBackend): KernelResult;
}

/** Defines the kernel `name`; `run` gives undefined for what it does not handle. */
export function kernel<Inputs, Attrs = object>(
  name: string,
  run: (inputs: Inputs, attrs: Attrs, backend: NativeBackend) => KernelResult,
): NativeKernel {
  return { name, run: run as NativeKernel['run'] };
}

/** Registers for `backendName` all kernels of the CPU backend, and in place of some, or beside them, our own. */
export function registerKernels(backendName: string, own: readonly NativeKernel[]): void {
  const inherited = new Map(getKernelsForBackend('cpu').map((config) => [config.kernelName, config]));
  const names = new Set(own.map((each) => each.name));
  for (const config of inherited.values()) {
    if (!names.has(config.kernelName)) registerKernel({ ...config, backendName });
  }
  for (const each of own) {
    const config = inherited.get(each.name);
    registerKernel({
      ...config,
      kernelName: each.name as KernelConfig['kernelName'],
      backendName,
      kernelFunc: callOf(each, config?.kernelFunc),
    });
  }
}

/** The one place through which every call of a kernel of ours goes. */
function callOf(own: NativeKernel, inherited: KernelFunc | undefined): KernelFunc {
  return (call) => {
    const result = own.run(call.inputs, call.attrs ?? {}, call.backend as NativeBackend);
    if (result !== undefined) return result;
    if (inherited) return inherited(call);
    throw new Error(`The native kernel ${own.name} takes float32 tensors of matching shapes only.`);
  };
}
