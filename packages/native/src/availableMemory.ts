import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

/**
 * Bytes of memory that this process can still get.
 *
 * On Linux, the least of what the system has, with swap space and what it would take from its caches of files; of what
 * the process's control group allows, such as a container's limit; and of what `ulimit -v` allows.
 */
export function availableMemory(): number {
  if (process.platform !== 'linux') return freemem();
  const [system, swap] = ['MemAvailable', 'SwapFree'].map((name) => kibibytes('/proc/meminfo', name));
  const [space] = numbers('/proc/self/limits', /^Max address space +(\d+)/m);
  const used = kibibytes('/proc/self/status', 'VmSize');
  return Math.max(
    0,
    Math.min(
      system === undefined ? freemem() : system + (swap ?? 0),
      ...groupFolders().map((folder) => leftInGroup(folder) + (swap ?? 0)),
      space === undefined ? Number.POSITIVE_INFINITY : space - (used ?? 0),
    ),
  );
}

/** The folders of the process's control group and of the groups around it; those of a container may be outside of it. */
function groupFolders(): string[] {
  const lines = read('/proc/self/cgroup').split('\n');
  return lines.flatMap((line) => {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (group === undefined || (controllers !== '' && controllers !== 'memory')) return [];
    const root = `/sys/fs/cgroup${controllers ? '/memory' : ''}`;
    const parts = group.split('/').filter(Boolean);
    return Array.from({ length: parts.length + 1 }, (_, n) => [root, ...parts.slice(0, n)].join('/'));
  });
}

/** What a control group's limit leaves; infinite without a limit. */
function leftInGroup(folder: string): number {
  // Version 2, and version 1, whose absence of a limit is a number close to 2⁶³.
  const [limit] = [...numbers(`${folder}/memory.max`), ...numbers(`${folder}/memory.limit_in_bytes`)];
  if (limit === undefined || limit > 2 ** 60) return Number.POSITIVE_INFINITY;
  const [used = 0] = [...numbers(`${folder}/memory.current`), ...numbers(`${folder}/memory.usage_in_bytes`)];
  const stat = read(`${folder}/memory.stat`);
  // In version 1, those with the groups inside it begin with `total_`.
  const caches = ['active_file', 'inactive_file'].map((name) =>
    Number((/^total_/m.test(stat) ? statistic(`total_${name}`, stat) : statistic(name, stat)) ?? 0),
  );
  return limit - used + caches[0]! + caches[1]!;
}

function statistic(name: string, stat: string): string | undefined {
  return new RegExp(`^${name} (\\d+)`, 'm').exec(stat)?.[1];
}

function kibibytes(file: string, name: string): number | undefined {
  const [amount] = numbers(file, new RegExp(`^${name}:\\s*(\\d+) kB`, 'm'));
  return amount === undefined ? undefined : amount * 1024;
}

function numbers(file: string, pattern = /^(\d+)/): number[] {
  const found = pattern.exec(read(file))?.[1];
  return found === undefined ? [] : [Number(found)];
}

/** The text of a file of the system; empty if there is none. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
