/** What `--json` writes. */
export interface Report {
  machine: Machine;
  kernel: KernelRow[];
  train: ModelRow[];
  infer: ModelRow[];
  epoch: ModelRow[];
}

/** What it ran on. */
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
  /** Multiply-adds on registers alone; null where no kernels were measured. */
  peakGflops: number | null;
  torch: string | null;
  fastai: string | null;
  repeats: number;
  /** The pictures of the epoch rows and how many batches of them an epoch had; absent without such rows. */
  epochData?: string;
  epochBatches?: number;
}

/** One direction of a convolution, a matrix product, or all convolutions together, weighted by their arithmetic. */
export interface KernelRow {
  kernel: 'matmul' | 'conv' | 'all convolutions';
  shape: string;
  direction: string;
  /** Layers of this shape in the model. */
  count: number;
  gflops: number;
  shareOfPeak: number;
  peer: string | null;
  peerGflops: number | null;
  ratio: number | null;
}

/** A model at work. */
export interface ModelRow {
  model: string;
  size: number;
  batchSize: number;
  imagesPerSecond: number;
  peer: string | null;
  peerImagesPerSecond: number | null;
  /** Ours to the peer's. */
  ratio: number | null;
  peakRssMiB: number | null;
  peerPeakRssMiB: number | null;
}

/** Four significant digits: more would be noise. */
export function rounded<T extends number | null>(value: T): T {
  return (value === null ? null : Number(value.toPrecision(4))) as T;
}

/** A line of columns of so many characters, the first one to the left. */
export function columns(widths: readonly number[], cells: readonly string[]): string {
  return cells
    .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
    .join('')
    .trimEnd();
}
