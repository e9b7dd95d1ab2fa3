import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setQuiet, tf, useEngine } from 'fastts';
import { soakRound, writePictures } from '../src/soak/round.js';

const sizes = { size: 32, bs: 4 };
/** What the native engine reports. */
interface NativeMemory extends tf.MemoryInfo {
  /** Bytes that tensors use. */
  numBytesInUse: number;
  /** Bytes kept for later tensors. */
  numBytesFree: number;
}

let folder: string;

beforeAll(async () => {
  setQuiet(true);
  await useEngine('native');
  folder = mkdtempSync(path.join(tmpdir(), 'fastts-soak-'));
  await writePictures(folder, 6);
});

afterAll(() => {
  setQuiet(false);
  rmSync(folder, { recursive: true, force: true });
});

test('training, validation, tta, predict, export, loadLearner and dispose leave no tensors and no bytes, whatever the fold', async () => {
  const used = () => {
    const { numTensors, numDataBuffers, numBytes, numBytesInUse } = tf.memory() as NativeMemory;
    return { numTensors, numDataBuffers, numBytes, numBytesInUse };
  };
  const before = used();
  const free: number[] = [];
  for (let fold = 0; fold < 4; fold++) {
    await soakRound(folder, fold, sizes);
    expect(used()).toEqual(before);
    free.push((tf.memory() as NativeMemory).numBytesFree);
  }
  // What the pool keeps for the next fold does not grow either.
  expect(free[3]).toBeLessThanOrEqual(free[1]! * 1.25);
});
