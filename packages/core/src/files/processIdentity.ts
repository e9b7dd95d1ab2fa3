import fs from 'fs-extra';
import { node } from '../node.js';

/**
 * Whether a process still runs: `unknown` if it is in another container or on another machine.
 *
 * @internal
 */
export type ProcessState = 'running' | 'ended' | 'unknown';

/**
 * A process identity as it is part of file names: machine, process ID, and start time.
 *
 * @internal
 */
export const PROCESS_IDENTITY = /[0-9a-f]{8}-\d+-\d+/;

/**
 * The name of this process in locks and temporary files, unique also where process IDs are not: over restarts, in
 * containers, whose first process is always 1, and on machines that share a file system.
 *
 * @internal
 */
export function processIdentity(): string {
  own ??= `${machine()}-${process.pid}-${startTime(process.pid) ?? 0}`;
  return own;
}

/**
 * Whether the process of this identity still runs.
 *
 * @internal
 */
export function processState(identity: string): ProcessState {
  const [place, pid, start] = identity.split('-');
  if (!own) processIdentity();
  if (identity === own) return 'running';
  if (place !== own!.split('-')[0]) return 'unknown';
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'ended';
  }
  const now = startTime(Number(pid));
  if (now === undefined || start === '0') return 'unknown';
  return now === start ? 'running' : 'ended';
}

let own: string | undefined;

/** A hash of what process IDs are relative to: the machine since its start, and the container. */
function machine(): string {
  const parts = [
    node.os.hostname(),
    attempt(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    attempt(() => fs.readlinkSync('/proc/self/ns/pid')),
  ];
  return node.crypto.createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
}

/** When a process started, in clock ticks since the machine's start; -1 if it has ended; `undefined` if not known. */
function startTime(pid: number): string | undefined {
  const stat = attempt(() => fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field, the program's name in parentheses, may contain anything.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A process that was killed stays as a zombie until its parent notices.
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? '-1' : fields?.[19];
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
