import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../errors.js';
import { isNode } from '../node.js';
import { log } from '../progress/progress.js';
import '../tensorflow/chainedOps.js';
import { firstLine } from './backend.js';
import { cpuEngine, silenceAdvertisement } from './cpu.js';
import { type Engine, type EngineName, engineNames } from './engine.js';
import { nativeEngine } from './native.js';
import { tensorflowEngine } from './tensorflow.js';
import { wasmEngine } from './wasm.js';
import { webgpuEngine } from './webgpu.js';

export { type EngineName, engineNames } from './engine.js';

/** The status of one engine; see {@link engineReport}. */
export interface EngineStatus {
  name: EngineName;
  /** Whether it is running, failed to start, or was not tried. */
  status: 'running' | 'failed' | 'not tried';
  /** What is running, or why it is not. */
  reason: string;
}

/**
 * Starts an engine: the tfjs backend that performs all computation from then on. One line on standard error says which
 * engine was chosen and why.
 *
 * @param name The engine (default: the first of `tensorflow`, `webgpu`, `native`, `wasm`, `cpu` that starts). The
 *   environment variable `FASTTS_ENGINE` overrides it. In a page, import the engine's package
 *   (`@tensorflow/tfjs-backend-webgpu`, `@tensorflow/tfjs-backend-wasm`) first.
 * @returns The engine that started.
 * @throws EngineError when the name is unknown or the named engine does not start.
 */
export async function useEngine(name?: EngineName): Promise<EngineName> {
  const fromEnvironment = typeof process === 'undefined' ? undefined : process.env?.FASTTS_ENGINE;
  if (fromEnvironment) return startNamed(fromEnvironment, 'set by FASTTS_ENGINE');
  if (name !== undefined) return startNamed(name, 'requested');
  return startFirst();
}

/** Starts the default engine if none has been started yet. Loading data and training call it. */
export async function ensureEngine(): Promise<EngineName> {
  if (running) return running;
  starting ??= useEngine().finally(() => {
    starting = null;
  });
  return starting;
}

/** The engine started by `useEngine` or `ensureEngine`; `null` before that. */
export function currentEngine(): EngineName | null {
  return running;
}

/** Which engine is running, which were skipped, and why. */
export function engineReport(): EngineStatus[] {
  return engineNames.map(
    (name) => reports.get(name) ?? { name, status: 'not tried', reason: whyNotTried(name) },
  );
}

/** The result of trying one engine; see {@link tryEngines}. */
export interface EngineTrial {
  name: EngineName;
  starts: boolean;
  /** What started, or why it did not. */
  reason: string;
}

/**
 * Tries every engine and reports for each whether it starts on this machine. The last one that starts stays current
 * until {@link useEngine} is called.
 */
export async function tryEngines(): Promise<EngineTrial[]> {
  const trials: EngineTrial[] = [];
  for (const engine of engines) {
    const { name } = engine;
    try {
      trials.push({ name, starts: true, reason: await start(engine, false) });
    } catch (error) {
      trials.push({ name, starts: false, reason: firstLine(error) });
    }
  }
  return trials;
}

const engines: readonly Engine[] = [tensorflowEngine, webgpuEngine, nativeEngine, wasmEngine, cpuEngine];
const reports = new Map<EngineName, EngineStatus>();
let running: EngineName | null = null;
let starting: Promise<EngineName> | null = null;

silenceAdvertisement();

async function startNamed(name: string, why: string): Promise<EngineName> {
  const engine = engines.find((candidate) => candidate.name === name);
  if (!engine) {
    throw new EngineError(`There is no engine '${name}': choose one of ${engineNames.join(', ')}.`);
  }
  try {
    announce(engine.name, await start(engine, true), why);
    return engine.name;
  } catch (error) {
    throw new EngineError(
      `The engine '${name}' does not start: ${firstLine(error)}. Choose another by useEngine or FASTTS_ENGINE.`,
      { cause: error },
    );
  }
}

async function startFirst(): Promise<EngineName> {
  for (const engine of engines) {
    try {
      announce(engine.name, await start(engine, false), why(engine.name));
      return engine.name;
    } catch (error) {
      reports.set(engine.name, { name: engine.name, status: 'failed', reason: firstLine(error) });
    }
  }
  throw new EngineError(
    `No engine starts: ${[...reports.values()].map(({ name, reason }) => `${name}: ${reason}`).join('; ')}.`,
  );
}

async function start(engine: Engine, isRequested: boolean): Promise<string> {
  const previous = tf.getBackend();
  try {
    const what = await engine.start(isRequested);
    if (running) reports.delete(running);
    running = engine.name;
    reports.set(engine.name, { name: engine.name, status: 'running', reason: what });
    return what;
  } catch (error) {
    reports.set(engine.name, { name: engine.name, status: 'failed', reason: firstLine(error) });
    // After a failed start tfjs still has the old backend's name, but no backend.
    if (previous) await tf.setBackend(previous);
    throw error;
  }
}

function announce(name: EngineName, what: string, why: string): void {
  log(`fastts: engine ${name} (${what}); ${why}.`);
}

function why(name: EngineName): string {
  if (name !== 'cpu' && name !== 'wasm') return 'the first that starts';
  if (isNode()) return `native did not start: ${reports.get('native')?.reason}`;
  return 'a page that imports @tensorflow/tfjs-backend-webgpu computes on the GPU';
}

function whyNotTried(name: EngineName): string {
  if (!running) return 'no engine runs yet';
  const isLater = engineNames.indexOf(name) > engineNames.indexOf(running);
  return isLater ? 'an earlier engine runs' : 'another was requested';
}
