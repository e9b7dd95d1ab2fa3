import { tf, useEngine } from '@fastts/core';
import { linesDuring } from '@fastts/testing/progress';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';

test('where the workers of the wasm backend never answer, the engine starts without them', async () => {
  const threads = 'WASM_HAS_MULTITHREAD_SUPPORT';
  tf.env().registerFlag(threads, () => true);
  tf.registerBackend('wasm', () =>
    tf.env().get(threads) ? new Promise<MathBackendCPU>(() => {}) : new MathBackendCPU(),
  );
  jest.useFakeTimers();
  try {
    const lines = await linesDuring(async () => {
      const started = useEngine('wasm');
      await jest.advanceTimersByTimeAsync(60_000);
      expect(await started).toBe('wasm');
    });
    expect(tf.getBackend()).toBe('wasm');
    expect(lines[0]).toMatch(/threads did not start within 5 s/);
  } finally {
    jest.useRealTimers();
  }
});
