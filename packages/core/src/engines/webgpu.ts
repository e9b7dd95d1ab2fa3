import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors.js';
import { isNode } from '../node.js';
import { importOptional, isRegistered, setBackend } from './backend.js';
import type { Engine } from './engine.js';
import { registerKernels } from './webgpu/kernel.js';
import { trainingKernels } from './webgpu/trainingKernels.js';

/**
 * tfjs's WebGPU engine, on the page's `navigator.gpu`; in Node on Dawn, from the package `webgpu`.
 *
 * A software adapter is used only if the engine was named, since it is slower than `native`.
 */
export const webgpuEngine: Engine = {
  name: 'webgpu',
  async start(isRequested) {
    if (!gpuOfNavigator() && isNode()) await provideDawn();
    const adapter = await gpuOfNavigator()?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) {
      const remedy = isNode() ? '; in Node it takes a driver for Vulkan, Metal or Direct3D 12' : '';
      throw new Error(`there is no GPU adapter${remedy}`);
    }
    const info = adapter.info ?? {};
    if (!isRequested && isSoftware(adapter)) {
      throw new Error(`the adapter is software (${describe(info)})`);
    }
    if (!isRegistered('webgpu')) await registerBackend();
    await setBackend('webgpu');
    prepare(tf.backend());
    return describe(info);
  },
};

/** Imports tfjs's package, which registers its backend if there is a `navigator.gpu` at that moment. */
async function registerBackend(): Promise<void> {
  const name = '@tensorflow/tfjs-backend-webgpu';
  await importOptional(name);
  if (!isRegistered('webgpu')) {
    throw new Error(`${name} was imported before there was a navigator.gpu; leave its import to useEngine`);
  }
}

const prepared = new WeakSet<tf.KernelBackend>();
let hasTrainingKernels = false;

/** Completes tfjs's backend, once. */
function prepare(backend: tf.KernelBackend): void {
  if (prepared.has(backend)) return;
  prepared.add(backend);
  if ('runWebGPUProgram' in backend && !hasTrainingKernels) {
    registerKernels('webgpu', trainingKernels);
    hasTrainingKernels = true;
  }
  if (typeof OffscreenCanvas === 'undefined') explainSynchronousReads(backend);
}

/** tfjs reads GPU memory synchronously through a canvas; where there is none, as in Node, this throws a clear error. */
function explainSynchronousReads(backend: tf.KernelBackend): void {
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    try {
      return readSync(dataId);
    } catch (cause) {
      throw new EngineError(
        'The engine webgpu cannot read a tensor synchronously outside of a page, nor pass it on to another engine: ' +
          'use `await tensor.data()` rather than `dataSync()` or `arraySync()`.',
        { cause },
      );
    }
  };
}

interface AdapterInfo {
  vendor?: string;
  architecture?: string;
  device?: string;
  description?: string;
  isFallbackAdapter?: boolean;
}

interface Adapter {
  info?: AdapterInfo;
  isFallbackAdapter?: boolean;
}

interface Gpu {
  requestAdapter(options: { powerPreference: string }): Promise<Adapter | null>;
}

/** The part of the package `webgpu` used here. */
interface DawnPackage {
  create(flags: string[]): Gpu;
  globals: object;
}

function gpuOfNavigator(): Gpu | undefined {
  return (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
}

/** Installs Dawn where tfjs looks for WebGPU: `navigator.gpu`, with its constants as globals. */
async function provideDawn(): Promise<void> {
  const dawn = await importOptional<DawnPackage>('webgpu');
  Object.assign(globalThis, dawn.globals);
  const scope = globalThis as { navigator?: object };
  scope.navigator ??= {};
  Object.defineProperty(scope.navigator, 'gpu', { value: dawn.create([]), configurable: true });
}

function isSoftware({ info = {}, isFallbackAdapter }: Adapter): boolean {
  const isFallback = isFallbackAdapter || info.isFallbackAdapter;
  return Boolean(isFallback) || /swiftshader|llvmpipe|lavapipe|software|warp/i.test(describe(info));
}

function describe({ vendor, architecture, device, description }: AdapterInfo): string {
  return [vendor, architecture, device, description].filter(Boolean).join(' ') || 'unnamed adapter';
}
