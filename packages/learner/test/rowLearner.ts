import { BatchNorm1d, Linear, type Module, ReLU, registered, Sequential, setQuiet } from '@fastts/core';
import { DataBlock, IndexSplitter, RegressionBlock, TransformBlock } from '@fastts/data';
import { linesDuring } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { type Callback, Learner, MSELossFlat, SGD } from '../src/index.js';

/** A row of two numbers and a target. */
export interface Row {
  name: string;
  x: [number, number];
  y: number;
  toString(): string;
}

/** A block of such rows' numbers. */
export const RowBlock = registered('RowBlock')(
  () =>
    new TransformBlock({ kind: 'row', collate: (rows: number[][]) => tf.tensor2d(rows, [rows.length, 2]) }),
);

/** 24 items, of which the last four are for validation. */
export function rows(changed: Record<number, Partial<Row>> = {}): Row[] {
  return Array.from({ length: 24 }, (_, i) => {
    const row = { name: `r${i}`, x: [i / 24, 1 - i / 24] as [number, number], y: i % 2, ...changed[i] };
    return { ...row, toString: () => row.name };
  });
}

/** A small network for them, with one output. */
export function model(): Sequential {
  return new Sequential(new Linear(2, 4), new BatchNorm1d(4), new ReLU(), new Linear(4, 1));
}

/** A learner of rows in batches of 4, in order. */
export async function learner(items = rows(), network: Module = model(), cbs: Callback[] = []) {
  const block = new DataBlock({
    blocks: [RowBlock(), RegressionBlock()],
    getX: (row: Row) => row.x,
    getY: (row: Row) => row.y,
    splitter: new IndexSplitter([20, 21, 22, 23]),
  });
  const dls = await block.dataloaders(items, { bs: 4, shuffle: false });
  const learn = new Learner(dls, network, { lossFunc: new MSELossFlat(), optFunc: SGD, cbs });
  learn.showBar = false;
  learn.logger = null;
  return learn;
}

/** The lines logged while `work` runs, which are not shown. */
export const logged = (work: () => Promise<unknown>) => {
  setQuiet(false);
  return linesDuring(work).finally(() => setQuiet(true));
};
