/** The output of `--json`. */
export interface Report {
  machine: Machine;
  kernel: KernelRow[];
  train: ModelRow[];
  infer: ModelRow[];
  epoch: ModelRow[];
}

/** The machine and software. */
export interface Machine {
  cpu: string;
  cores: number;
  memoryGiB: number;
  platform: string;
  node: string;
  /** The engine's instruction set. */
  isa: string;
  /** Threads of each side. */
  threads: number;
  /** Peak of multiply-adds on registers only; null if no kernels were measured. */
  peakGflops: number | null;
  torch: string | null;
  fastai: string | null;
  repeats: number;
  /** The images of the epoch rows and the number of batches per epoch; absent without such rows. */
  epochData?: string;
  epochBatches?: number;
}

/** One direction of a convolution, a matrix product, or all convolutions combined, weighted by their arithmetic. */
export interface KernelRow {
  kernel: 'matmul' | 'conv' | 'all convolutions';
  shape: string;
  direction: string;
  /** Number of layers of this shape in the model. */
  count: number;
  gflops: number;
  shareOfPeak: number;
  peer: string | null;
  peerGflops: number | null;
  ratio: number | null;
}

/** Training or prediction with a model. */
export interface ModelRow {
  model: string;
  size: number;
  batchSize: number;
  imagesPerSecond: number;
  peer: string | null;
  peerImagesPerSecond: number | null;
  /** Our speed relative to the peer's. */
  ratio: number | null;
  peakRssMiB: number | null;
  peerPeakRssMiB: number | null;
}

/** Four significant digits: more would be noise. */
export function rounded<T extends number | null>(value: T): T {
  return (value === null ? null : Number(value.toPrecision(4))) as T;
}

/** A line of columns of the given widths; the first column is left-aligned. */
export function columns(widths: readonly number[], cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
    .join('')
    .trimEnd();
}
