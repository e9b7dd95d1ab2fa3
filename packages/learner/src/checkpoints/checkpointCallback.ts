import { checkInteger, checkNumber, log, node } from '@fastts/core';
import * as tf from '@tensorflow/tfjs-core';
import { interruptSignals } from '../callbacks/interrupt/interruptSignals.js';
import { TerminateOnNaNCallback } from '../callbacks/trackers/terminateOnNaN.js';
import { LearnerError } from '../errors.js';
import { Callback } from '../loop/callback.js';
import { checkpointsIn, encodeCheckpoint, writeCheckpoint } from './checkpointFolder.js';
import { type FitState, fitStateOf } from './fitState.js';

/** Options of {@link CheckpointCallback}. */
export interface CheckpointOptions {
  /** Also saves after every this many training batches (default: not by number). */
  everyBatches?: number;
  /** Also saves after a training batch when this many seconds have passed since the last save (default 300). */
  everySeconds?: number;
  /** Number of checkpoints to keep: older ones are removed (default 2). */
  keep?: number;
}

/**
 * Saves everything that the rest of a fit depends on, so that the fit can be resumed exactly where it stopped: the model, the
 * optimizer, the places in the schedule, in the epoch and in the data's order, the random streams, the recorder and the callbacks' own states.
 *
 * It saves when the fit begins and ends, when it is interrupted, after each epoch's training and validation (every ten seconds at
 * most), and in between by `everyBatches` and `everySeconds`. The state is copied between two batches and written while the next ones are trained, atomically.
 * If a checkpoint cannot be written, this is logged, and training continues; only the first must succeed.
 *
 * The option `resume` of the fit's method continues from the newest checkpoint that is not damaged. With the same seed, engine, number of
 * threads and data, weights and values are then bit by bit those of a fit that was not stopped.
 *
 * A callback's state is saved and restored by its methods `stateDict` and `loadStateDict`. In Node only.
 *
 * @example
 * await learn.fitOneCycle(5, 3e-3, { cbs: new CheckpointCallback('run1'), resume: 'run1' });
 */
export class CheckpointCallback extends Callback {
  static override readonly name: string = 'CheckpointCallback';
  // After all others, whose states it saves.
  override order = 1000;
  override runValid = false;
  override fitOnly = true;
  override removeOnFetch = true;

  /** The path of `dir`, which another working directory does not change during a fit. */
  private folder = '';
  private readonly everyBatches: number;
  private readonly everySeconds: number;
  private readonly keep: number;
  private number = 0;
  private batches = 0;
  private savedAt = 0;
  /** Where the epoch's training stands between two batches. */
  private reached: FitState['within'] = null;
  /** The state after the epoch's training, unless it was saved. */
  private trained: Uint8Array | null = null;
  private writing: Promise<void> | null = null;
  private isInterrupted = false;

  /**
   * @param dir The folder, for the checkpoints of one fit (or of the two of `fineTune`).
   * @throws ArgumentError when an option is out of its range.
   */
  constructor(
    readonly dir: string,
    { everyBatches = Number.POSITIVE_INFINITY, everySeconds = 300, keep = 2 }: CheckpointOptions = {},
  ) {
    super();
    if (everyBatches !== Number.POSITIVE_INFINITY) checkInteger('everyBatches', everyBatches, { min: 1 });
    if (everySeconds !== Number.POSITIVE_INFINITY) checkNumber('everySeconds', everySeconds, { above: 0 });
    checkInteger('keep', keep, { min: 1 });
    this.everyBatches = everyBatches;
    this.everySeconds = everySeconds;
    this.keep = keep;
  }

  /** @throws LearnerError when the folder has checkpoints of an earlier fit, which this fit does not resume. */
  override async beforeFit(): Promise<void> {
    const { learn, dir } = this;
    this.folder = node.path.resolve(dir);
    const [newest] = await checkpointsIn(this.folder);
    this.number = newest?.number ?? 0;
    this.batches = 0;
    this.savedAt = performance.now();
    this.reached = null;
    this.trained = null;
    this.isInterrupted = false;
    if (!newest) {
      const bytes = await this.encode(0);
      await writeCheckpoint(this.folder, ++this.number, bytes, this.keep);
    } else if (learn.fitPart === 0 && !(learn.resume && isSameFolder(learn.resume, dir))) {
      throw new LearnerError(
        `${dir} has checkpoints of an earlier fit: continue it with the option resume: '${dir}', or use another folder, or remove this one.`,
      );
    }
  }

  override beforeTrain(): void {
    this.reached = null;
  }

  override async afterBatch(): Promise<void> {
    const { iter, nIter, epoch } = this.learn;
    this.reached = { iter: iter + 1, pass: this.learn.pass!.position };
    this.batches++;
    if (iter + 1 === nIter) {
      const bytes = await this.encode(epoch);
      if (this.isRecent) this.trained = bytes;
      else await this.write(bytes);
    } else if (this.isDue && !this.writing) await this.save(epoch);
  }

  override beforeValidate(): void {
    this.reached = null;
  }

  override async afterEpoch(): Promise<void> {
    this.reached = null;
    this.trained = null;
    if (!this.isRecent) await this.save(this.learn.epoch + 1);
  }

  /** Saves where a signal has ended the epoch's training or validation; between epochs, the newest checkpoint holds it. */
  override async afterCancelFit(): Promise<void> {
    this.isInterrupted = interruptSignals.received !== null;
    if (!this.isInterrupted) return;
    if (this.trained) await this.write(this.trained);
    else if (this.reached) await this.save(this.learn.epoch);
  }

  override async afterFit(): Promise<void> {
    if (this.isInterrupted) {
      await this.writing;
      return;
    }
    this.reached = null;
    // What led to the loss should not be the state to resume from.
    if (!this.learn.cb(TerminateOnNaNCallback)?.stopped) await this.save(this.learn.nEpoch);
    await this.writing;
  }

  /** A fit that fails ends when its last checkpoint is written, so that it can be resumed at once. */
  override async cleanUp(): Promise<void> {
    await this.writing;
  }

  private get isDue(): boolean {
    if (this.batches >= this.everyBatches) return true;
    return performance.now() - this.savedAt >= this.everySeconds * 1000;
  }

  /** Whether the last save was so short ago that the end of an epoch need not be saved. */
  private get isRecent(): boolean {
    return !this.isDue && performance.now() - this.savedAt < MIN_INTERVAL_MS;
  }

  private async save(epoch: number): Promise<void> {
    await this.write(await this.encode(epoch));
  }

  /** Starts to write a state once an earlier one is written. */
  private async write(bytes: Uint8Array): Promise<void> {
    await this.writing;
    this.trained = null;
    this.batches = 0;
    this.savedAt = performance.now();
    this.writing = writeCheckpoint(this.folder, ++this.number, bytes, this.keep)
      .catch((error: unknown) => {
        log(`No checkpoint was written: ${error instanceof Error ? error.message : error}`);
      })
      .finally(() => {
        this.writing = null;
      });
  }

  /** Copies the state. */
  private async encode(epoch: number): Promise<Uint8Array> {
    const state = await fitStateOf(this.learn, epoch, this.reached);
    try {
      return await encodeCheckpoint(state);
    } finally {
      tf.dispose(state.model);
    }
  }
}

/** The minimum time between the saves at the ends of epochs. */
const MIN_INTERVAL_MS = 10_000;

function isSameFolder(a: string, b: string): boolean {
  return node.path.resolve(a) === node.path.resolve(b);
}
