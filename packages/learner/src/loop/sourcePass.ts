import { type RngState, rng, tensorsIn } from '@fastts/core';
import { type Batch, DataLoader, type PassPosition } from '@fastts/data';
import * as tf from '@tensorflow/tfjs-core';
import type { BatchSource } from './batch.js';

/** Where a pass over a source stands: a data loader's own position, or for other sources what it takes to repeat the pass. */
export type SourcePosition = PassPosition | RepeatedPosition;

interface RepeatedPosition {
  /** Number of batches that are done. */
  done: number;
  /** The library's random stream when the pass began. */
  startedAt: RngState;
}

/** The batches of a pass over a source, and where it stands after the last one. */
export interface SourcePass<X, Y> extends AsyncIterable<Batch<X, Y>> {
  readonly position: SourcePosition;
}

/**
 * The batches of a pass over a source.
 *
 * A pass over a source that is not a `DataLoader` is continued by repeating it from the library's random stream at its start, and
 * disposing of the batches that are done.
 *
 * @param from Where to continue an earlier pass (default: a new pass from its start).
 */
export function passOver<X, Y>(source: BatchSource<X, Y>, from?: SourcePosition): SourcePass<X, Y> {
  if (source instanceof DataLoader) return source.pass(from && 'seed' in from ? from : undefined);
  const earlier = from && 'startedAt' in from ? from : undefined;
  const position = { done: earlier?.done ?? 0, startedAt: earlier?.startedAt ?? rng().stateDict() };
  return Object.assign(repeated(source, position), { position });
}

async function* repeated<X, Y>(
  source: BatchSource<X, Y>,
  position: RepeatedPosition,
): AsyncGenerator<Batch<X, Y>, void, undefined> {
  const { done } = position;
  const now = rng().stateDict();
  if (done > 0) rng().loadStateDict(position.startedAt);
  let count = 0;
  for await (const batch of source) {
    count++;
    if (count <= done) {
      tf.dispose(tensorsIn(batch));
      if (count === done) rng().loadStateDict(now);
      continue;
    }
    position.done = count;
    yield batch;
  }
}
