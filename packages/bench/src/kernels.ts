import { type ConvShape, convFlops, xresnet50Convs } from './convShapes.js';
import type { Options } from './options.js';
import { layoutName, type Peer } from './peer.js';
import { columns, type KernelRow, rounded } from './report.js';
import { type Contest, median, type Outcome, SideBySide } from './sideBySide.js';
import { directions } from './tasks.js';

const widths = [30, 8, 7, 8, 10, 7, 8, 10, 7, 8];
const headWidths = [30, 23, 25, 25];

/** Prints and returns the GFLOP/s of matrix products and of each convolution shape of xresnet50. */
export async function benchKernels(
  { repeats, seconds, kernelSize, kernelBatch, matrices }: Options,
  contest: Contest,
  print: (line: string) => void,
): Promise<{ rows: KernelRow[]; peakGflops: number }> {
  const sides = new SideBySide(contest);
  const effort = { repeats, seconds: seconds / 40 };
  const peaks: number[] = [];
  const found: Finding[] = [];
  const keep = (finding: Finding) => {
    found.push(finding);
    return cells(finding, median(peaks));
  };

  try {
    peaks.push(await sides.peak());
    print(`\nkernels: GFLOP/s, and their share of the multiply-adds' peak, ${peaks[0]!.toFixed(0)}`);
    print(columns(widths, ['matrix product', 'ours', 'share', 'peer']));
    for (const [m, k, n] of matrices) {
      const transposeB = m !== k;
      const outcome = await sides.compare({ kind: 'matmul', m, k, n, transposeB }, effort);
      const shape = `[${m}, ${k}] × [${k}, ${n}]${transposeB ? 'ᵀ' : ''}`;
      const direction = 'forward';
      print(
        columns(widths, [
          shape,
          ...keep({ kernel: 'matmul', shape, direction, count: 1, ...work(2 * m * k * n, outcome) }),
        ]),
      );
    }

    const model = `xresnet50, ${kernelSize} px, batch ${kernelBatch}`;
    print(columns(headWidths, [model, 'forward', 'input gradient', 'filter gradient']));
    print(columns(widths, ['', ...directions.flatMap(() => ['ours', 'share', 'peer'])]));
    const convolutions: Finding[] = [];
    for (const { count, ...convolution } of xresnet50Convs(kernelSize, kernelBatch)) {
      const shape = shapeName(convolution);
      const line = [`${shape}  ×${count}`];
      peaks.push(await sides.peak());
      for (const direction of directions) {
        // Training needs no gradient of the images.
        if (direction === 'inputGradient' && convolution.inChannels === 3) {
          line.push('', '', '');
          continue;
        }
        const outcome = await sides.compare({ kind: 'conv', direction, ...convolution }, effort);
        const finding = { shape, direction, count, ...work(convFlops(convolution), outcome) };
        convolutions.push({ kernel: 'conv', ...finding });
        line.push(...keep({ kernel: 'conv', ...finding }));
      }
      print(columns(widths, line));
    }
    const sums = directions.map((direction) =>
      together(
        model,
        direction,
        convolutions.filter((each) => each.direction === direction),
      ),
    );
    print(columns(widths, ['all, weighted by arithmetic', ...sums.flatMap(keep)]));
    const [gflops, share, peer] = keep(together(model, 'all', convolutions));
    print(`all directions: ${gflops} GFLOP/s, ${share} of the peak; peer: ${peer}`);
  } finally {
    await sides.close();
  }
  const peakGflops = rounded(median(peaks));
  return { rows: found.map((finding) => toRow(finding, peakGflops, contest.peer)), peakGflops };
}

/** A measurement before the final peak is known. */
interface Finding extends Pick<KernelRow, 'kernel' | 'shape' | 'direction' | 'count'> {
  flops: number;
  seconds: number;
  peerSeconds: number | null;
  /** The name of PyTorch's layout in the output. */
  layout: string;
}

function work(flops: number, { ours, peer }: Outcome) {
  const layout = peer ? layoutName(peer.layout) : '';
  return { flops, seconds: ours.seconds, peerSeconds: peer?.seconds ?? null, layout };
}

/** All of a model's convolutions combined: their total arithmetic over their total time. */
function together(shape: string, direction: string, parts: readonly Finding[]): Finding {
  const sum = (of: (part: Finding) => number) =>
    parts.reduce((total, part) => total + part.count * of(part), 0);
  return {
    kernel: 'all convolutions',
    shape,
    direction,
    count: sum(() => 1),
    flops: sum(({ flops }) => flops),
    seconds: sum(({ seconds }) => seconds),
    peerSeconds: parts.some(({ peerSeconds }) => peerSeconds === null)
      ? null
      : sum(({ peerSeconds }) => peerSeconds!),
    layout: 'the better layout of each',
  };
}

/** Our speed, our fraction of the peak, the peer's speed. */
function cells({ flops, seconds, peerSeconds }: Finding, peak: number): string[] {
  const gflops = flops / seconds / 1e9;
  const share = `${((100 * gflops) / peak).toFixed(0)}%`;
  return [gflops.toFixed(0), share, peerSeconds === null ? '–' : (flops / peerSeconds / 1e9).toFixed(0)];
}

function toRow(finding: Finding, peak: number, peer: Peer | null): KernelRow {
  const { kernel, shape, direction, count, flops, seconds, peerSeconds, layout } = finding;
  const gflops = flops / seconds / 1e9;
  return {
    kernel,
    shape,
    direction,
    count,
    gflops: rounded(gflops),
    shareOfPeak: rounded(gflops / peak),
    peer: peer && peerSeconds !== null ? `PyTorch ${peer.torch}, ${layout}` : null,
    peerGflops: rounded(peerSeconds && flops / peerSeconds / 1e9),
    ratio: rounded(peerSeconds && peerSeconds / seconds),
  };
}

function shapeName({ size, inChannels, outChannels, kernelSize, stride }: Omit<ConvShape, 'count'>): string {
  const step = stride > 1 ? ` /${stride}` : '';
  return `${kernelSize}×${kernelSize}${step} ${inChannels} → ${outChannels}, ${size} px`;
}
