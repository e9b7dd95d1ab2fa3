import { rng, setProgressSink, setSeed } from '@fastts/core';
import { type Batch, CategoryBlock, DataBlock, IndexSplitter, type Pass, WeightedDL } from '@fastts/data';
import { lineSink } from '@fastts/testing/progress';
import * as tf from '@tensorflow/tfjs-core';
import { RowBlock, SlowNoise, Unreadable } from './blocks.js';

const items = Array.from({ length: 23 }, (_, i) => ({ row: [i, i + 0.5], label: 'abc'[i % 3]! }));
const said: string[] = [];

beforeAll(() => setProgressSink(lineSink(said)));
afterAll(() => setProgressSink(null));

/** A loader of shuffled rows with random noise, of which some cannot be loaded. */
async function loader(bad: readonly number[] = []) {
  const { train } = await new DataBlock({
    blocks: [RowBlock(), CategoryBlock()],
    getX: (item: (typeof items)[number]) => item.row,
    getY: (item: (typeof items)[number]) => item.label,
    splitter: new IndexSplitter([0]),
    itemTfms: [new Unreadable(new Set(bad)), new SlowNoise(() => 0)],
  }).dataloaders(items, { bs: 4 });
  return train.with({ dropLast: false });
}

async function next<X extends tf.Tensor, Y extends tf.Tensor>(pass: Pass<X, Y>): Promise<unknown> {
  const { value, done } = await pass.next();
  if (done) return null;
  const [x, y]: Batch<X, Y> = value;
  const values = [x.arraySync(), y.arraySync()];
  tf.dispose([x, y]);
  return values;
}

async function rest<X extends tf.Tensor, Y extends tf.Tensor>(pass: Pass<X, Y>): Promise<unknown[]> {
  const batches: unknown[] = [];
  for (let batch = await next(pass); batch; batch = await next(pass)) batches.push(batch);
  return batches;
}

test.each([
  ['all items readable', []],
  ['some items unreadable', [3, 7, 8, 19]],
  ['a whole batch unreadable', [1, 2, 3, 4, 5, 6, 9, 10, 11, 12]],
])('a pass continues from any batch as if it had not ended: %s', async (_, bad) => {
  const made = await loader(bad);
  setSeed(5);
  const whole = await rest(made.pass());
  const { skipped } = made;
  const after = rng().next();
  expect(skipped.length).toBe(bad.length);
  for (let done = 0; done <= whole.length; done++) {
    setSeed(5);
    const first = made.pass();
    const begun = [];
    for (let b = 0; b < done; b++) begun.push(await next(first));
    const stored: string = JSON.stringify(first.position);
    await first.return?.();
    setSeed(99);
    const continued = await loader(bad);
    expect([...begun, ...(await rest(continued.pass(JSON.parse(stored))))]).toEqual(whole);
    expect(continued.skipped).toEqual(skipped);
  }
  setSeed(5);
  await rest(made.pass());
  expect(rng().next()).toBe(after);
});

test('a continued pass draws nothing from the library stream', async () => {
  const { position } = (await loader()).pass();
  setSeed(1);
  const expected = rng().next();
  setSeed(1);
  await rest((await loader()).pass(position));
  expect(rng().next()).toBe(expected);
});

test('the items that a weighted loader draws are the same when its pass continues', async () => {
  const { dataset } = await loader();
  const wgts = Array.from(dataset, (__, i) => i + 1);
  const weighted = () => new WeightedDL(dataset, { wgts, bs: 4, shuffle: true });
  setSeed(2);
  const whole = await rest(weighted().pass());
  setSeed(2);
  const first = weighted().pass();
  await next(first);
  expect(await rest(weighted().pass(first.position))).toEqual(whole.slice(1));
  await first.return?.();
});
