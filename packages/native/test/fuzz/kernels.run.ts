/**
 * Calls every kernel with valid and with nonsensical arguments:
 * `node --require tsx/cjs kernels.run.ts SEED FIRST COUNT PROGRESS_FILE [--print]`.
 *
 * Calls FIRST to FIRST + COUNT - 1 of the seed are made, each independent of the others. The number of the current call
 * is written to the file before it, so that the parent knows the call that ended this process. Problems are printed,
 * one per line. With `--print`, each call is printed first.
 */
import { openSync, writeSync } from 'node:fs';
import { loadAddon } from '../../src/addon.js';
import { GuardedArray } from './arrays.js';
import { Draw } from './draw.js';
import { kernelCalls } from './kernelCalls.js';
import { shown, spoil } from './nonsense.js';

const [seed, first, count] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const progress = openSync(process.argv[5]!, 'w');
const prints = process.argv.includes('--print');
const { addon } = loadAddon();
const names = Object.keys(kernelCalls);
const kinds = new Map<string, number>();

for (let i = first; i < first + count; i++) {
  writeSync(progress, String(i).padEnd(12), 0);
  const problem = call(i);
  if (problem) console.log(`call ${i}: ${problem}`);
}
console.log(`made ${count} calls: ${[...kinds].map(([kind, n]) => `${n} ${kind}`).join(', ')}`);

/** Makes call number `i`; returns what is wrong with it. */
function call(i: number): string | undefined {
  const draw = new Draw(seed, i);
  if (draw.chance(0.02)) addon!.setThreads(draw.integer(1, 5));
  const name = names[i % names.length]!;
  const described = kernelCalls[name]!(draw);
  const args = addon!.parameters[name]!.split(', ').map((parameter) => described[parameter]);
  const values: unknown[] = args.map((arg) => (arg instanceof GuardedArray ? arg.values : arg));
  const isValid = draw.chance(0.2);
  if (!isValid) spoil(draw, values);
  if (prints) console.log(`${i} ${name}(${values.map(shown).join(', ')})`);
  const outcome = attempt(name, values);
  count1(isValid ? 'valid' : outcome instanceof Error ? 'refused' : 'accepted');
  const wrong = outcome instanceof Error && wrongError(name, outcome, isValid);
  if (wrong) return `${name} threw ${wrong}`;
  for (const [parameter, arg] of Object.entries(described)) {
    const problem = arg instanceof GuardedArray && arg.problem(isValid);
    if (problem) return `${name}'s ${parameter}: ${problem}`;
  }
  return undefined;
}

function count1(kind: string): void {
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
}

function attempt(name: string, values: unknown[]): unknown {
  try {
    return Reflect.apply(addon!.kernels[name]!, undefined, values);
  } catch (error) {
    return error;
  }
}

/** Why an error is not one that a kernel may throw. */
function wrongError(name: string, error: Error, isValid: boolean): string | undefined {
  const { message } = error;
  const isKnown = error instanceof TypeError || error instanceof RangeError;
  const isClear = message.startsWith(`The native kernel ${name}`) && message.endsWith('.');
  return isKnown && isClear && !isValid ? undefined : `${error.name}: ${message}`;
}
