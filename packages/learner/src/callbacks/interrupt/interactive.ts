import type { EventEmitter } from 'node:events';
import { isNode, isNotebook, node } from '@fastts/core';
import type { InterruptSignal } from './endBySignal.js';

/** Whether the user enters code in a notebook or at Node's prompt: the process outlives what is interrupted. */
export function isInteractive(): boolean {
  return isNotebook() || nodePrompt() !== null;
}

/** Whether a signal interrupts only the code that the user entered. */
export function interruptsCode(signal: InterruptSignal): boolean {
  return signal === 'SIGINT' && isInteractive();
}

/** Node's prompt, if the user is at it. Ctrl-C is a key there, not a signal, and an event of this object. */
export function nodePrompt(): EventEmitter | null {
  const hasProgram = !isNode() || process.argv[1] !== undefined;
  return hasProgram ? null : (Reflect.get(node.repl, 'repl') ?? null);
}
