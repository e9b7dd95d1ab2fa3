import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Failure, Reply, Request } from './tasks.js';

/** A process of its own for what is measured, so that its memory is known, which answers a line with a line. */
export class MeasuredProcess {
  private readonly child: ChildProcess;
  private readonly replies: AsyncIterator<string>;
  private errors = '';

  private constructor(command: string, args: readonly string[], env: Record<string, string>) {
    this.child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', process.env.FASTTS_PROFILE ? 'inherit' : 'pipe'],
    });
    // What it says on its way is only of interest when it fails, but for a profile that was asked for.
    this.child.stderr?.on('data', (text) => {
      this.errors = (this.errors + text).slice(-4000);
    });
    this.child.on('error', (error) => {
      this.errors += error.message;
    });
    this.child.stdin!.on('error', () => {});
    this.replies = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** A process of ours on so many threads. */
  static ours(threads: number): MeasuredProcess {
    const args = [...process.execArgv, path.join(__dirname, 'ours.ts')];
    return new MeasuredProcess(process.execPath, args, {
      FASTTS_NUM_THREADS: `${threads}`,
      FASTTS_ENGINE: 'native',
    });
  }

  /** A process of PyTorch's on so many threads, and on the CPU. */
  static peer(python: string, threads: number): MeasuredProcess {
    const env = { OMP_NUM_THREADS: `${threads}`, CUDA_VISIBLE_DEVICES: '', PYTHONWARNINGS: 'ignore' };
    return new MeasuredProcess(python, [path.join(__dirname, 'peer.py'), `${threads}`], env);
  }

  /** @throws what went wrong in the process, in the last line that it wrote */
  async ask<Answer = Reply>(request: Request): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.replies.next();
    if (done) throw new Error(this.errors.trim().split('\n').at(-1) || 'The measured process ended.');
    const answer = JSON.parse(value) as Answer | Failure;
    if ('error' in (answer as Failure)) throw new Error((answer as Failure).error);
    return answer as Answer;
  }

  /** Ends it. */
  async end(): Promise<void> {
    const { pid, exitCode, signalCode } = this.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin!.end();
    await gone;
  }
}
