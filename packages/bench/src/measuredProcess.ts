import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Failure, Reply, Request } from './tasks.js';

/** A separate process for a measurement, so that its memory use is known. It answers each line with a line. */
export class MeasuredProcess {
  private readonly child: ChildProcess;
  private readonly replies: AsyncIterator<string>;
  private errors = '';

  private constructor(command: string, args: readonly string[], env: Record<string, string>) {
    this.child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', process.env.FASTTS_PROFILE ? 'inherit' : 'pipe'],
    });
    // Its standard error matters only when it fails, except for a requested profile.
    this.child.stderr?.on('data', (text) => {
      this.errors = (this.errors + text).slice(-4000);
    });
    this.child.on('error', (error) => {
      this.errors += error.message;
    });
    this.child.stdin!.on('error', () => {});
    this.replies = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /** A fastts process with the given number of threads. */
  static ours(threads: number): MeasuredProcess {
    const args = [...process.execArgv, path.join(__dirname, 'ours.ts')];
    return new MeasuredProcess(process.execPath, args, {
      FASTTS_NUM_THREADS: `${threads}`,
      FASTTS_ENGINE: 'native',
    });
  }

  /** A PyTorch process with the given number of threads, on the CPU. */
  static peer(python: string, threads: number): MeasuredProcess {
    const env = { OMP_NUM_THREADS: `${threads}`, CUDA_VISIBLE_DEVICES: '', PYTHONWARNINGS: 'ignore' };
    return new MeasuredProcess(python, [path.join(__dirname, 'peer.py'), `${threads}`], env);
  }

  /** @throws Error with the last line that the process wrote to standard error. */
  async ask<Answer = Reply>(request: Request): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.replies.next();
    if (done) throw new Error(this.errors.trim().split('\n').at(-1) || 'The measured process ended.');
    const answer = JSON.parse(value) as Answer | Failure;
    if ('error' in (answer as Failure)) throw new Error((answer as Failure).error);
    return answer as Answer;
  }

  /** Ends the process. */
  async end(): Promise<void> {
    const { pid, exitCode, signalCode } = this.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin!.end();
    await gone;
  }
}
