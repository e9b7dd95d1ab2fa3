/** The tasks of a measured process; `peer.py` reads the same. */
export type Task = PeakTask | MatMulTask | ConvTask | ModelTask | EpochTask;

/** Multiply-adds on registers only; ours only. */
export interface PeakTask {
  kind: 'peak';
}

/** `[m, k] × [k, n]`, the second matrix stored as `[n, k]` with `transposeB`. */
export interface MatMulTask {
  kind: 'matmul';
  m: number;
  k: number;
  n: number;
  transposeB: boolean;
}

export const directions = ['forward', 'inputGradient', 'filterGradient'] as const;
export type Direction = (typeof directions)[number];

/** One direction of a convolution of square images with square kernels. */
export interface ConvTask {
  kind: 'conv';
  direction: Direction;
  batchSize: number;
  size: number;
  inChannels: number;
  outChannels: number;
  kernelSize: number;
  stride: number;
}

export const models = ['xresnet18', 'xresnet50'] as const;
export type ModelName = (typeof models)[number];

/** A model and its input images. */
export interface ModelRun {
  model: ModelName;
  size: number;
  batchSize: number;
}

/** Training steps, or predictions, with images in memory. */
export interface ModelTask extends ModelRun {
  kind: 'train' | 'infer';
}

/** Chapter 7's training from files: presizing, augmentation, normalization, one-cycle training. */
export interface EpochTask extends ModelRun {
  kind: 'epoch';
  files: string[];
  vocab: string[];
}

/** PyTorch's memory layouts. */
export type Layout = 'contiguous' | 'channelsLast';

/** A request to a measured process, one line. */
export type Request =
  | { op: 'about' }
  /** Prepares a task and runs it a few times; the reply has the time of one run. */
  | { op: 'prepare'; task: Task; layout: Layout }
  /** Runs the task `count` times; the reply has the total time. */
  | { op: 'measure'; count: number };

/** The reply to `prepare` or `measure`. */
export interface Reply {
  seconds: number;
  /** The process's peak memory so far; null if the system does not report it. */
  peakRssMiB: number | null;
  /** A result other than a time: the peak in GFLOP/s. */
  gflops?: number;
}

/** Why a measured process could not handle a request. */
export interface Failure {
  error: string;
}
