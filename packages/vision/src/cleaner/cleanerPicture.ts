import { FasttsError, type Pixels, type Split } from '@fastts/core';
import type { Label } from '@fastts/data';
import { LazyImage } from '../image/lazyImage.js';
import type { CleanerAction, CleanerChange } from './changeLog.js';

/** What was decided about a picture; `'new'` if nothing was. */
export type CleanerState = 'new' | 'kept' | 'deleted' | 'changed';

/** A picture in an `ImageClassifierCleaner`. */
export interface CleanerPicture {
  /** Its number, from 0, by which the methods name it. */
  readonly number: number;
  /** Its path now. */
  readonly path: string;
  readonly split: Split;
  /** Its label now; of a deleted picture, its last one. */
  readonly label: Label;
  /** Its label when the cleaner was created, under which it stays listed. */
  readonly listed: Label;
  /** The class with the highest probability; `null` if the picture could not be read. */
  readonly predicted: Label | null;
  /** The probability of the predicted class; `null` if the picture could not be read. */
  readonly confidence: number | null;
  /** The cross entropy of the label when the cleaner was created; `null` if the picture could not be read. */
  readonly loss: number | null;
  readonly state: CleanerState;
}

/** The state of a picture after each action. */
export const STATES: Readonly<Record<CleanerAction, CleanerState>> = {
  keep: 'kept',
  delete: 'deleted',
  change: 'changed',
};

/** The last decision on each picture, by its place now. */
export function statesOf(changes: readonly CleanerChange[]): Map<string, CleanerState> {
  const states = new Map<string, CleanerState>();
  for (const { action, from, to } of changes) {
    states.delete(from);
    if (action !== 'undo') states.set(to, STATES[action]);
  }
  return states;
}

/**
 * A picture's pixels, reduced so that its longer side is at most `side`.
 *
 * @returns Null if it cannot be read.
 */
export async function thumbnail(path: string, side: number): Promise<Pixels | null> {
  try {
    return await new LazyImage(path)
      .with((height, width) => {
        const scale = Math.min(1, side / Math.max(height, width));
        const size = [height, width].map((pixels) => Math.max(1, Math.round(pixels * scale)));
        return { box: { left: 0, top: 0, width, height }, size: [size[0]!, size[1]!] };
      })
      .compute();
  } catch (error) {
    if (error instanceof FasttsError) return null;
    throw error;
  }
}
