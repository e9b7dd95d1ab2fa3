import { setTimeout } from 'node:timers/promises';
import { MeasuredProcess } from './measuredProcess.js';
import type { Peer } from './peer.js';
import type { Layout, Task } from './tasks.js';

/** The sides to compare. */
export interface Contest {
  /** Threads of each side. */
  threads: number;
  /** Null if there is none. */
  peer: Peer | null;
}

/** How often and for how long to measure. */
export interface Effort {
  repeats: number;
  /** Minimum duration of a repeat. */
  seconds: number;
}

/** One side's result: the median of its repeats. */
export interface Sample {
  /** Seconds per execution of the task. */
  seconds: number;
  peakRssMiB: number | null;
}

/** Both sides of a comparison; the peer is the faster of PyTorch's layouts, null if there is none. */
export interface Outcome {
  ours: Sample;
  peer: (Sample & { layout: Layout }) | null;
  /** Why there is no peer, if one was expected. */
  peerError?: string;
}

/** Idle threads may spin for a while, which would slow the other side down. */
const PAUSE_MS = 50;

const layouts: readonly Layout[] = ['contiguous', 'channelsLast'];

interface Side {
  process: MeasuredProcess;
  /** PyTorch's layout; absent for ours. */
  layout?: Layout;
}

/** Our process and PyTorch's, one per layout, measured in turn. */
export class SideBySide {
  private readonly ours: Side;
  private readonly peers: Side[];

  constructor({ threads, peer }: Contest) {
    this.ours = { process: MeasuredProcess.ours(threads) };
    this.peers = peer
      ? layouts.map((layout) => ({ process: MeasuredProcess.peer(peer.python, threads), layout }))
      : [];
  }

  /** Peak of the multiply-add units in GFLOP/s. */
  async peak(): Promise<number> {
    const { gflops } = await this.ours.process.ask({
      op: 'prepare',
      task: { kind: 'peak' },
      layout: 'contiguous',
    });
    return gflops!;
  }

  /** Measures the task, alternating between the sides. */
  async compare(task: Task, { repeats, seconds }: Effort): Promise<Outcome> {
    const ready: (Side & { count: number; times: number[]; peakRssMiB: number | null })[] = [];
    let peerError: string | undefined;
    // A peer that fails is omitted; our own failure is an error.
    const attempt = async (side: Side, work: () => Promise<void>) => {
      if (!side.layout) return work();
      await work().catch((error: Error) => {
        peerError = error.message;
        ready.splice(0, ready.length, ...ready.filter(({ layout }) => layout !== side.layout));
      });
    };
    for (const side of [this.ours, ...this.peers]) {
      await attempt(side, async () => {
        const first = await side.process.ask({ op: 'prepare', task, layout: side.layout ?? 'contiguous' });
        const count = Math.max(1, Math.round(seconds / first.seconds));
        ready.push({ ...side, count, times: [], peakRssMiB: null });
      });
    }
    for (let i = 0; i < repeats; i++) {
      for (const side of [...ready]) {
        await attempt(side, async () => {
          await setTimeout(PAUSE_MS);
          const reply = await side.process.ask({ op: 'measure', count: side.count });
          side.times.push(reply.seconds / side.count);
          side.peakRssMiB = reply.peakRssMiB;
        });
      }
    }
    const [ours, ...peers] = ready.map(({ layout, times, peakRssMiB }) => ({
      layout,
      seconds: median(times),
      peakRssMiB,
    }));
    const peer = peers.sort((a, b) => a.seconds - b.seconds)[0] as Outcome['peer'] | undefined;
    return { ours: ours!, peer: peer ?? null, peerError };
  }

  async close(): Promise<void> {
    await Promise.all([this.ours, ...this.peers].map(({ process }) => process.end()));
  }
}

/** The middle value, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}
