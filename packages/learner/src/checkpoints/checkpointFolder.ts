import {
  encodeSafetensors,
  FileFormatError,
  isRecord,
  loadSafetensors,
  log,
  node,
  writeFileWhole,
} from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import fs from 'fs-extra';
import type { FitState } from './fitState.js';
import { restoreState, storeState } from './storedState.js';

/** A file of a folder of checkpoints. */
export interface CheckpointFile {
  /** Newer ones have greater numbers. */
  number: number;
  path: string;
}

/** The checkpoints in a folder, newest first; none if it does not exist. */
export async function checkpointsIn(dir: string): Promise<CheckpointFile[]> {
  const names = (await fs.pathExists(dir)) ? await fs.readdir(dir) : [];
  return names
    .flatMap((name) => {
      const number = /^checkpoint_(\d{6,15})\.safetensors$/.exec(name)?.[1];
      return number ? [{ number: Number(number), path: node.path.join(dir, name) }] : [];
    })
    .sort((a, b) => b.number - a.number);
}

/** The path of the checkpoint of a number. */
function checkpointPath(dir: string, number: number): string {
  return node.path.join(dir, `checkpoint_${String(number).padStart(6, '0')}.safetensors`);
}

/** A fit's state as the bytes of a checkpoint: a copy, so that the fit may continue. */
export async function encodeCheckpoint(state: FitState): Promise<Uint8Array> {
  const { json, tensors } = storeState(state);
  return encodeSafetensors(tensors, { [STATE]: json });
}

/** Writes a checkpoint atomically, and then removes all but the newest `keep`. */
export async function writeCheckpoint(
  dir: string,
  number: number,
  bytes: Uint8Array,
  keep: number,
): Promise<void> {
  await writeFileWhole(checkpointPath(dir, number), bytes);
  for (const { path } of (await checkpointsIn(dir)).slice(keep)) await fs.remove(path);
}

/**
 * The state in the newest checkpoint of a folder that can be read; `null` if the folder has none, or does not exist. A damaged one
 * is logged.
 *
 * @throws FileFormatError when all are damaged.
 */
export async function newestCheckpoint(dir: string): Promise<FitState | null> {
  const files = await checkpointsIn(dir);
  let damage: FileFormatError | undefined;
  for (const { path } of files) {
    try {
      return await readCheckpoint(path);
    } catch (error) {
      if (!(error instanceof FileFormatError)) throw error;
      damage ??= error;
      log(`The checkpoint ${path} is damaged, so the one before is used: ${error.message}`);
    }
  }
  if (damage) {
    throw new FileFormatError(
      `No checkpoint in ${dir} can be read: remove the folder to start over. ${damage.message}`,
      { cause: damage },
    );
  }
  return null;
}

/** The key of the state in a checkpoint's metadata. */
const STATE = 'fastts.fit.1';

async function readCheckpoint(path: string): Promise<FitState> {
  const { tensors, metadata } = await loadSafetensors(path);
  try {
    const json = metadata[STATE];
    if (json === undefined) throw new FileFormatError('It is not a checkpoint of a fit.');
    const state = restoreState({ json, tensors });
    if (!hasFit(state)) throw new FileFormatError('It does not tell its fit.');
    return state as FitState; // restoreFit checks its form
  } catch (error) {
    tf.dispose([...tensors.values()]);
    if (!(error instanceof FileFormatError)) throw error;
    throw new FileFormatError(`${path}: ${error.message}`, { cause: error });
  }
}

function hasFit(state: unknown): boolean {
  return isRecord(state) && isRecord(state.fit);
}
