import { MeasuredProcess } from './measuredProcess.js';
import type { Layout } from './tasks.js';

/** The libraries to compare with. */
export interface Peer {
  python: string;
  /** PyTorch's version. */
  torch: string;
  /** fastai's version; null if it cannot be imported. */
  fastai: string | null;
}

/** Looks for PyTorch and fastai in a Python installation; null without PyTorch. */
export async function findPeer(python: string): Promise<Peer | null> {
  const process = MeasuredProcess.peer(python, 1);
  try {
    return { python, ...(await process.ask<Omit<Peer, 'python'>>({ op: 'about' })) };
  } catch {
    return null;
  } finally {
    await process.end();
  }
}

/** The name of PyTorch's layout in the output. */
export function layoutName(layout: Layout): string {
  return layout === 'channelsLast' ? 'channels last' : 'contiguous';
}
