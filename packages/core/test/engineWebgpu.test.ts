import { engineReport, setProgressSink, useEngine } from '@fastts/core';
import { testedEngines } from '@fastts/testing/engines';
import { lineSink } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { isRegistered } from '../src/engines/backend.js';

const backendPackage = '@tensorflow/tfjs-backend-webgpu';
const gpu = { info: { vendor: 'acme', architecture: 'roadrunner' } };
const software = { info: { vendor: 'google', architecture: 'swiftshader' } };

let mockAdapter: { info: Record<string, unknown> } | null;
const lines: string[] = [];
const environment = process.env.FASTTS_ENGINE;

// Mocks of the packages that a GPU in Node requires: Dawn, and tfjs's backend, which computes on the CPU here and,
// like the real one, registers itself once, when it is imported.
jest.mock(
  'webgpu',
  () => ({ create: () => ({ requestAdapter: async () => mockAdapter }), globals: { GPUBufferUsage: {} } }),
  { virtual: true },
);
jest.mock(
  '@tensorflow/tfjs-backend-webgpu',
  () => {
    mockKernels();
    mockBackend();
    return {};
  },
  { virtual: true },
);

function mockKernels(): void {
  tf.copyRegisteredKernels('cpu', 'webgpu');
}

function mockBackend(): void {
  const cpu = tf.findBackend('cpu');
  tf.registerBackend('webgpu', () =>
    Object.assign(Object.create(cpu) as tf.KernelBackend, {
      read: async (dataId: object) => cpu.readSync(dataId),
      readSync() {
        throw new ReferenceError('OffscreenCanvas is not defined');
      },
    }),
  );
}

/** Registers the backend, which the package does only when it is first imported. */
function registerAgain(): void {
  jest.requireMock(backendPackage);
  if (!isRegistered('webgpu')) mockBackend();
}

function forgetBackend(): void {
  if (isRegistered('webgpu')) tf.removeBackend('webgpu');
}

function reportOf(name: string): string {
  const { status, reason } = engineReport().find((engine) => engine.name === name)!;
  return `${status}: ${reason}`;
}

beforeEach(() => {
  mockAdapter = gpu;
  lines.length = 0;
  delete process.env.FASTTS_ENGINE;
  setProgressSink(lineSink(lines));
});

afterEach(async () => {
  delete process.env.FASTTS_ENGINE;
  await useEngine('cpu');
  forgetBackend();
});

afterAll(() => {
  setProgressSink(null);
  if (environment !== undefined) process.env.FASTTS_ENGINE = environment;
});

it('prefers a GPU to the CPU, and installs Dawn where tfjs looks for WebGPU', async () => {
  expect(await useEngine()).toBe('webgpu');
  expect(lines).toEqual(['fastts: engine webgpu (acme roadrunner); the first that starts.']);
  expect(globalThis).toHaveProperty('navigator.gpu');
  expect(globalThis).toHaveProperty('GPUBufferUsage');
  expect([...(await tf.add([1], [2]).data())]).toEqual([3]);
});

it('skips a software adapter, unless the engine is named', async () => {
  registerAgain();
  mockAdapter = software;
  expect(await useEngine()).toBe(testedEngines[0]);
  expect(reportOf('webgpu')).toBe('failed: the adapter is software (google swiftshader)');
  expect(await useEngine('webgpu')).toBe('webgpu');
  expect(reportOf('webgpu')).toBe('running: google swiftshader');
  await useEngine(testedEngines[0]);
  process.env.FASTTS_ENGINE = 'webgpu';
  expect(await useEngine()).toBe('webgpu');
});

it('skips an adapter that reports to be a fallback', async () => {
  registerAgain();
  mockAdapter = { info: { vendor: 'acme', isFallbackAdapter: true } };
  expect(await useEngine()).toBe(testedEngines[0]);
  expect(reportOf('webgpu')).toBe('failed: the adapter is software (acme)');
});

it('reports that there is no adapter', async () => {
  mockAdapter = null;
  await expect(useEngine('webgpu')).rejects.toThrow(
    "The engine 'webgpu' does not start: there is no GPU adapter; in Node it takes a driver for Vulkan",
  );
  expect(reportOf('webgpu')).toMatch(/^failed: there is no GPU adapter/);
});

it("reports that tfjs's package was imported too early to register its backend", async () => {
  registerAgain();
  forgetBackend();
  await expect(useEngine('webgpu')).rejects.toThrow(
    `${backendPackage} was imported before there was a navigator.gpu; leave its import to useEngine`,
  );
});

it('names the alternative to a synchronous read', async () => {
  registerAgain();
  await useEngine('webgpu');
  const sum = tf.add([1], [2]);
  expect(() => sum.dataSync()).toThrow(
    'The engine webgpu cannot read a tensor synchronously outside of a page, nor pass it on to another engine: ' +
      'use `await tensor.data()` rather than `dataSync()` or `arraySync()`.',
  );
  expect([...(await sum.data())]).toEqual([3]);
});

it('distinguishes engines that come later from those not requested', async () => {
  await useEngine('cpu');
  expect(reportOf('wasm')).toBe('not tried: another was requested');
  registerAgain();
  await useEngine('webgpu');
  expect(reportOf('wasm')).toBe('not tried: an earlier engine runs');
});
