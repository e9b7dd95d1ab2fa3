/** What a measured process can be asked to do; `peer.py` reads the same. */
export type Task = PeakTask | MatMulTask | ConvTask | ModelTask | EpochTask;

/** Multiply-adds on registers alone; ours only. */
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

/** One direction of a convolution of square pictures with square kernels. */
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

/** A model and the pictures that it is given. */
export interface ModelRun {
  model: ModelName;
  size: number;
  batchSize: number;
}

/** Training steps, or predictions, with pictures that are in memory. */
export interface ModelTask extends ModelRun {
  kind: 'train' | 'infer';
}

/** Chapter 7's training from files: presizing, augmentation, normalisation, one-cycle training. */
export interface EpochTask extends ModelRun {
  kind: 'epoch';
  files: string[];
  vocab: string[];
}

/** Where PyTorch puts channels. */
export type Layout = 'contiguous' | 'channelsLast';

/** A line to a measured process. */
export type Request =
  | { op: 'about' }
  /** Readies a task and does it a few times; the reply says how long one time took. */
  | { op: 'prepare'; task: Task; layout: Layout }
  /** Does the task `count` times; the reply says how long all of them took. */
  | { op: 'measure'; count: number };

/** The line that it answers a `prepare` or `measure` with. */
export interface Reply {
  seconds: number;
  /** The most memory that the process has held so far; null where the system does not say. */
  peakRssMiB: number | null;
  /** A result in place of a time: GFLOP/s of the peak. */
  gflops?: number;
}

/** Why a measured process could not do what it was asked. */
export interface Failure {
  error: string;
}
