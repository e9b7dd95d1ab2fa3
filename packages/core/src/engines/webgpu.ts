import { importOptional, isRegistered, setBackend } from './backend.js';
import type { Engine } from './engine.js';

/**
 * tfjs's WebGPU engine, on the page's `navigator.gpu`, and in Node on Dawn by the package `webgpu`.
 *
 * An adapter that is software is passed over unless the engine is asked for: it is slower than `native`.
 */
export const webgpuEngine: Engine = {
  name: 'webgpu',
  async start(isAskedFor) {
    if (!gpuOfNavigator() && isNode()) await provideDawn();
    const adapter = await gpuOfNavigator()?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new Error('there is no GPU adapter');
    const info = adapter.info ?? {};
    if (!isAskedFor && isSoftware(adapter)) {
      throw new Error(`the adapter is software (${describe(info)})`);
    }
    if (!isRegistered('webgpu')) await importOptional('@tensorflow/tfjs-backend-webgpu');
    await setBackend('webgpu');
    return describe(info);
  },
};

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

function gpuOfNavigator(): Gpu | undefined {
  return (globalThis as { navigator?: { gpu?: Gpu } }).navigator?.gpu;
}

/** Puts Dawn where tfjs looks for WebGPU: at `navigator.gpu`, with its constants as globals. */
async function provideDawn(): Promise<void> {
  const dawn = (await importOptional('webgpu')) as unknown as {
    create(flags: string[]): Gpu;
    globals: object;
  };
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

function isNode(): boolean {
  return typeof process !== 'undefined' && Boolean(process.versions?.node);
}
