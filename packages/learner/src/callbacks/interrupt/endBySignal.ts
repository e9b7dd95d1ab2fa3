import { node } from '@fastts/core';

/** A signal that asks the process to end: Ctrl-C, `kill` or `docker stop`, a closed terminal, Ctrl-Break on Windows. */
export type InterruptSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGBREAK';

/** The exit status by which a shell reports that a signal ended the process. */
export function statusOf(signal: InterruptSignal): number {
  return 128 + node.os.constants.signals[signal];
}

/**
 * Ends the process as the signal does by default, so that its parent learns which signal ended it; if that is
 * impossible, with the status by which a shell reports this.
 */
export function endBySignal(signal: InterruptSignal): never {
  // The first process of a container has no default action, Windows has no such signals, and the remaining listeners
  // are those of packages that clean up at the exit.
  const hasDefault = process.pid !== 1 && process.platform !== 'win32' && process.listenerCount(signal) === 0;
  if (hasDefault) process.kill(process.pid, signal);
  process.exit(statusOf(signal));
}
