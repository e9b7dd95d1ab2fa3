import { useEngine } from '@fastts/core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

/** The CPU engine as a device, which computes values some time after it is asked for them. */
class Device extends MathBackendCPU {
  override async read(dataId: object) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return super.readSync(dataId);
  }
  override readSync(): never {
    throw new Error('The device was waited for.');
  }
}

/** Runs the tests of the surrounding `describe` on a device that is read asynchronously only. */
export function useDevice(): void {
  beforeAll(async () => {
    await useEngine('cpu');
    tf.registerBackend('device', () => new Device());
    tf.copyRegisteredKernels('cpu', 'device');
    await tf.setBackend('device');
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
  });
}
