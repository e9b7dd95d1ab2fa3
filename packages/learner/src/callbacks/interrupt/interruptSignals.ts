import { isNode, log, node } from '@fastts/core';
import { endBySignal, type InterruptSignal, statusOf } from './endBySignal.js';
import { interruptsCode, isInteractive, nodePrompt } from './interactive.js';

/**
 * Time in which further signals count as the same one. A terminal signals all of its processes, npm then forwards the
 * signal to a child that has it already, and a terminal that closes, or a service manager, sends two different ones.
 */
const SAME_SIGNAL_MS = 300;

/** A fit that signals end. */
export interface InterruptibleFit {
  /** Whether the process ends after it. */
  readonly endProcess: boolean;
  /** A number that grows while it runs. */
  readonly progress: number;
}

/**
 * Listens for the process's signals while fits run, and only to those for which the program has no listener.
 *
 * The first signal ends all running fits, and then the process, unless one of the fits leaves that to the program.
 * Another signal ends the process at once.
 */
class InterruptSignals {
  /** The running fits, each with the progress of those that were running when it began. */
  private readonly fits = new Map<InterruptibleFit, ReadonlyMap<InterruptibleFit, number>>();
  /** Fits that have ended and wait for the end of the process. */
  private readonly waiting = new Set<InterruptibleFit>();
  private readonly listened = new Set<InterruptSignal>();
  /** The signal that ends the running fits. */
  received: InterruptSignal | null = null;
  /** Whether another signal would count as the received one. */
  private echoing = false;
  /** Whether the process ends after the running fits. */
  endsProcess = false;

  /** Begins to listen on behalf of a fit. */
  start(fit: InterruptibleFit): void {
    if (!isNode()) return;
    const others = [...this.fits.keys()].filter((other) => other !== fit);
    this.fits.set(fit, new Map(others.map((other) => [other, other.progress])));
    // Writing to a closed terminal, or to a pipe to a program that Ctrl-C has ended, must not end the process before.
    if (others.length === 0) {
      for (const stream of outputs()) stream.off('error', ignore).on('error', ignore);
      nodePrompt()?.off('SIGINT', this.onKey).on('SIGINT', this.onKey);
    }
    for (const signal of signals()) {
      if (this.listened.has(signal) || this.isHandledByProgram(signal)) continue;
      process.on(signal, this.onSignal);
      this.listened.add(signal);
    }
  }

  /** The signal that ends a fit for which {@link start} was called; `null` without one. */
  for(fit: InterruptibleFit): InterruptSignal | null {
    return this.fits.has(fit) ? this.received : null;
  }

  /**
   * Waits until a signal has ended the other fits too, and thereby the process: until then, the program must not
   * continue. A fit in another one's callback does not wait, because the other one waits for it.
   */
  async othersEnd(fit: InterruptibleFit): Promise<void> {
    const running = [...this.fits.keys()].filter((other) => other !== fit && !this.waiting.has(other));
    const isNested = running.some((other) => this.fits.get(fit)?.get(other) === other.progress);
    if (!this.endsProcess || running.length === 0 || isNested) return;
    this.waiting.add(fit);
    await new Promise(() => {});
  }

  /**
   * Ends listening on behalf of a fit. If a signal has ended the last fit, then the process ends after its cleanup.
   *
   * @param hasEnded Whether its events have run to the end, rather than failed.
   */
  stop(fit: InterruptibleFit, hasEnded: boolean): void {
    if (!this.fits.delete(fit) || this.fits.size > this.waiting.size) return;
    const { received } = this;
    if (received && this.endsProcess) {
      // A microtask runs before the program, which awaits the fit, continues; but an error is reported first.
      const end = () => this.end(received);
      if (hasEnded) queueMicrotask(end);
      else setImmediate(end);
    } else this.reset();
  }

  /** Ends the process as the signal does by default. */
  end(signal: InterruptSignal): never {
    this.unlisten();
    endBySignal(signal);
  }

  private reset(): void {
    const { received } = this;
    if (!received) for (const stream of outputs()) stream.off('error', ignore);
    else if (!isInteractive()) process.exitCode = statusOf(received);
    this.received = null;
    if (!this.echoing) this.unlisten();
  }

  private readonly onKey = () => this.onSignal('SIGINT');

  private readonly onSignal = (signal: InterruptSignal) => {
    if (this.echoing || this.isHandledByProgram(signal)) return;
    if (this.received === null) this.receive(signal);
    else if (!interruptsCode(signal)) this.end(signal);
  };

  private receive(signal: InterruptSignal): void {
    this.received = signal;
    this.endsProcess = !interruptsCode(signal) && [...this.fits.keys()].every((fit) => fit.endProcess);
    // The program may end by itself before, such as by an error, which Node prints after this event.
    if (this.endsProcess) {
      process.once('exit', () => {
        process.exitCode = statusOf(signal);
      });
    }
    this.echoing = !interruptsCode(signal);
    // A signal that arrived while a batch blocked the event loop is delivered before the `setImmediate`.
    setTimeout(() => setImmediate(() => this.endEcho()), SAME_SIGNAL_MS).unref();
  }

  private endEcho(): void {
    this.echoing = false;
    const { received } = this;
    if (received) log(`${received}: training stops after this batch. ${repeat(received)}`);
    else if (this.fits.size === 0) this.unlisten();
  }

  private unlisten(): void {
    for (const signal of this.listened) process.off(signal, this.onSignal);
    this.listened.clear();
    nodePrompt()?.off('SIGINT', this.onKey);
  }

  private isHandledByProgram(signal: InterruptSignal): boolean {
    // A notebook has a listener that only stops waiting for the cell.
    if (interruptsCode(signal)) return false;
    const others = process.listeners(signal).filter((listener) => listener !== this.onSignal);
    return others.length > signalExitListeners();
  }
}

/** The signals of the process. */
export const interruptSignals = new InterruptSignals();

function outputs(): NodeJS.WriteStream[] {
  return [process.stdout, process.stderr];
}

function ignore(): void {}

/** The signals that the operating system has. */
function signals(): InterruptSignal[] {
  const all: InterruptSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];
  return all.filter((signal) => signal in node.os.constants.signals);
}

/**
 * How many listeners per signal are those of the package signal-exit, which many programs load. They handle no signal:
 * they act only where there are no other listeners, which they also count like this.
 */
function signalExitListeners(): number {
  const emitters: ({ count?: number } | undefined)[] = [
    Reflect.get(process, '__signal_exit_emitter__'),
    Reflect.get(globalThis, Symbol.for('signal-exit emitter')),
  ];
  return emitters.reduce((sum, emitter) => sum + (emitter?.count ?? 0), 0);
}

function repeat(signal: InterruptSignal): string {
  if (interruptsCode(signal)) return '';
  const again = signal === 'SIGINT' ? 'Ctrl-C again' : 'A second signal';
  return `${again} ends the program at once, without saving.`;
}
