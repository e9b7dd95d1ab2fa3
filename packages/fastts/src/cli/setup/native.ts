import { spawnSync } from 'node:child_process';
import { FasttsError } from '@fastts/core';
import { buildNative } from '@fastts/native';

/** Compiles the engine `native`, and shows which engine is used then. */
export function setupNative(): void {
  try {
    buildNative();
  } catch (error) {
    throw new FasttsError(error instanceof Error ? error.message : String(error));
  }
  // This process may have found that there is no engine.
  const { status } = spawnSync(process.execPath, [process.argv[1]!, 'doctor'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
